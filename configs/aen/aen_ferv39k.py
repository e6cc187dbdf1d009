# FERV39k: AEN on its only split, with the official face crops.
_base_ = '../_base_/aen.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
frame_size = 112

model = dict(cls_head=dict(class_names=class_names))
data = dict(
    data_root=data_root, classes=class_names, selection=selection,
    # One step replaces reading, face boxes and split.
    pipeline=dict(read=dict(_delete_=True, type='ReadPair', size=frame_size), boxes=None,
                  split=None))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
