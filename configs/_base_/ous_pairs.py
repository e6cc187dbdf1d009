# OUS on clips that are pairs of folders with face crops and full frames, which need no detector.
_base_ = './ous.py'

frame_size = 224

# One step replaces reading, face boxes and split.
pair = dict(read=dict(_delete_=True, type='ReadPair', size=frame_size), boxes=None, split=None)
train_dataloader = dict(dataset=dict(pipeline=pair))
val_dataloader = dict(dataset=dict(pipeline=pair))
test_dataloader = dict(dataset=dict(pipeline=pair))
