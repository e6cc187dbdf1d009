# FERV39k: S2D on its only split, with the official face crops. The authors' script for FERV39k
# trains with plain cross-entropy. Its self-distillation is left out, because its queues are never
# refreshed and stay random.
_base_ = '../_base_/s2d.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(
    data_preprocessor=dict(blending=None),
    cls_head=dict(class_names=class_names, dropout_ratio=0, label_smooth_eps=0))
data = dict(data_root=data_root, classes=class_names, selection=selection, crops='native',
            pipeline=dict(read=dict(folder='face_dir')))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
