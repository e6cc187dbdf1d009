# AEN's 2D model on stills of MAFW's clips, because no set of still images has its 11 classes.
_base_ = '../_base_/aen_2d_clips.py'

fold = 1
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, fold=fold)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
