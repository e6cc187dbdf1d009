# AEN's 2D model on still images in class folders: AffectNet, RAF-DB, or your own face crops.
#     data/affectnet/{train,val}/<class>/*.jpg
_base_ = '../_base_/aen_2d.py'

data_root = 'data/affectnet'
# Names of the class folders, in the class order of the clips that will be labeled.
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names)
train_dataloader = dict(dataset=dict(**data, folder='train'))
val_dataloader = dict(dataset=dict(**data, folder='val'))
test_dataloader = dict(dataset=dict(**data, folder='val'))
