# FERV39k: FRU-Adapter on its only split, with the official face crops. Every frame is read, because
# the clips are short.
_base_ = '../_base_/fru_adapter.py'

stride = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, selection=selection, crops='native',
            pipeline=dict(sample=dict(stride=stride), read=dict(folder='face_dir')))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
