# DFEW: SVFAP on one of five folds. It reads the crops of the official folder clip_224x224 at
# their native frame rate:
#     python tools/prepare_dataset.py dfew data/dfew_crops --source Clip/clip_224x224
_base_ = '../_base_/svfap.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/dfew_crops'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection,
            crops='native')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
