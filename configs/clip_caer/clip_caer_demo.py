# CLIP-CAER on the rendered benchmark, on the demo's own tiny CLIP.
_base_ = [
    '../_base_/models/clip_caer.py', '../_base_/datasets/raer.py',
    '../_base_/schedules/dfer_clip.py', '../_base_/default_runtime.py']

clip_model = dict(name='vit_demo', pretrained='rendered')
fold, selection = 1, 'test'
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
descriptions = dict(
    Happy='a smile', Sad='tears', Neutral='a calm face', Angry='a frown', Surprise='wide eyes',
    Disgust='a wrinkled nose', Fear='a trembling face')
embed_dims, num_frames, frame_size, border = 128, 8, 64, 2
lr, max_epochs, num_workers, batch_size = 0.01, 6, 1, 16

model = dict(
    backbone=dict(frame=dict(clip_model=clip_model)),
    neck=dict(in_channels=embed_dims, max_frames=num_frames, num_heads=4, head_channels=32,
              mlp_channels=256, init_std=0.02),
    cls_head=dict(class_names=class_names, in_channels=2 * embed_dims, clip_model=clip_model,
                  descriptions=dict(_delete_=True, **descriptions)))

data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection)
loader = dict(num_workers=num_workers, batch_size=batch_size)
steps = dict(sample=dict(clip_len=num_frames), split=dict(size=frame_size, border=border))
train_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=dict(**steps, rotate=None, flip=dict(shared=True))))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(
    optimizer=dict(lr=lr),
    paramwise_cfg=dict(custom_keys={'cls_head.project': dict(lr_mult=1)}))
param_scheduler = dict(milestones=[5])
