# MAFW: FRU-Adapter on one of five folds, on face crops in pairs with the frames, see
# docs/datasets.md. The dataset hands out none, so every code has its own. The recipe has a lower
# rate, mixup, cutmix and smoothing.
_base_ = '../_base_/fru_adapter.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
lr, batch_of_lr = 1e-4, 16  # four processes
batch_size = 4  # per process
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(
    data_preprocessor=dict(blending=dict(type='RandomBatchAugment', augments=[
        dict(type='MixupBlending', num_classes=11, alpha=0.8),
        dict(type='CutmixBlending', num_classes=11, alpha=1.0)])),
    cls_head=dict(class_names=class_names, label_smooth_eps=0.1))
data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection,
            crops='native', pipeline=dict(read=dict(folder='face_dir')))
train_dataloader = dict(batch_size=batch_size, dataset=data)
val_dataloader = dict(batch_size=batch_size, dataset=data)
test_dataloader = dict(batch_size=batch_size, dataset=data)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min_ratio=0.1, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=batch_of_lr)
