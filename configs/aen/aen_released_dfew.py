# DFEW: AEN as its authors' code computes it, for their published weights. docs/zoo/aen.md says what
# differs from ours, which follows the paper. It reads the official face crops:
#     python tools/prepare_dataset.py dfew data/dfew_crops --source Clip/clip_224x224
_base_ = './aen_dfew.py'

data_root = 'data/dfew_crops'
# Trained by aen_released_2d_affectnet.py, on pixels in 0..1 as here.
fer2d_checkpoint = 'work_dirs/aen_released_2d_affectnet/epoch_100.pth'

model = dict(
    data_preprocessor=dict(preprocessors=dict(imgs=dict(mean=[0] * 3, std=[255] * 3))),
    neck=dict(levels=(1, 3), conv_layers=2,
              transformer=dict(gelu='tanh', class_position=True, init_std=1)),
    cls_head=dict(
        type='AENReleasedHead',
        mix=0.7,  # the authors' 0.3 is the share of the global head
        loss_token=dict(type='AENSummedFrameLoss')),
    fer2d=dict(checkpoint=fer2d_checkpoint, raw_scores=True))

steps = dict(
    sample=dict(type='SampleDynamic'),
    boxes=dict(whole_frames=True),
    split=dict(scene='face', interpolation='bilinear'))
data = dict(data_root=data_root, boxes_file=None, crops='native')
train_dataloader = dict(drop_last=True, dataset=dict(**data, pipeline=dict(
    **steps,
    crop=dict(scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)),
    affine=dict(_delete_=True, type='RandomApply', prob=0.5, transforms=[
        dict(type='TorchVisionWrapper', op='RandomRotation', degrees=(-5, 5.5))]),
    jitter=dict(_delete_=True, type='RandomApply', prob=0.5, transforms=[
        dict(type='TorchVisionWrapper', op='ColorJitter', brightness=0.1, contrast=0.1,
             saturation=0.1, hue=0.1)]))))
val_dataloader = dict(dataset=dict(**data, pipeline=steps))
test_dataloader = dict(dataset=dict(**data, pipeline=steps))
optim_wrapper = dict(clip_grad=None)
