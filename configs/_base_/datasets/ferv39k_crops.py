# FERV39k: the official face crops of its only split.
_base_ = './crops.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

data = dict(data_root=data_root, classes=class_names, selection=selection, crops='native',
            pipeline=dict(read=dict(folder='face_dir')))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
