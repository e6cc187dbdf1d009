# FERV39k: the official face crops of its only split, as clips for 3D recognizers.
_base_ = './faces.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

data = dict(
    data_root=data_root, classes=class_names, selection=selection,
    # One step replaces reading, face boxes and split.
    pipeline=dict(read=dict(_delete_=True, type='ReadPair', size=224), boxes=None, split=None))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
