# MAFW: SVFAP on one of five folds, on face crops in pairs with the frames, see docs/datasets.md.
# The dataset hands out none, so every code has its own.
_base_ = '../_base_/svfap.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(
    data_preprocessor=dict(blending=dict(augments=[
        dict(type='MixupBlending', num_classes=11, alpha=0.8),
        dict(type='CutmixBlending', num_classes=11, alpha=1.0)])),
    cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection,
            crops='native', pipeline=dict(read=dict(folder='face_dir')))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
