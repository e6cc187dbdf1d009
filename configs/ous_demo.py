# OUS on the rendered benchmark: the paper's model at the size of the demo's own tiny CLIP.
_base_ = './_base_/ous.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

clip_model = dict(name='vit_demo', pretrained='rendered')
embed_dims, width = 128, 128
num_frames, frame_size = 8, 64
num_prompt_tokens, num_blocks = 16, 12
lr, max_epochs = 0.002, 12
batch_size = 16  # per process
num_workers = 2

model = dict(
    backbone=dict(clip_model=clip_model),
    neck=dict(
        in_channels=embed_dims,
        tap_channels=width,
        frames_encoder=dict(max_frames=num_frames, num_layers=2)),
    cls_head=dict(
        class_names=class_names,
        num_prompt_tokens=num_prompt_tokens,
        mcfe=dict(num_blocks=num_blocks)))

loader = dict(batch_size=batch_size, num_workers=num_workers)
data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, fold=fold,
            selection=selection)
sizes = dict(sample=dict(clip_len=num_frames), split=dict(size=frame_size))
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(**sizes, crop=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
default_hooks = dict(stopping=dict(max_train_accuracy=None))  # the benchmark is fully learnable
