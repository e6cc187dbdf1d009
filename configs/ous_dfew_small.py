# DFEW: OUS at a size that a laptop trains, on ViT-B/32 and 8 frames. Not the paper's model.
_base_ = './ous_dfew.py'

clip_model = dict(name='ViT-B-32-quickgelu', pretrained='openai')
embed_dims, width = 512, 768  # D and W of that CLIP
num_frames = 8
num_prompt_tokens, num_blocks = 16, 4
lr, max_epochs = 0.0005, 20
batch_size, num_workers = 8, 2  # per process

model = dict(
    backbone=dict(clip_model=clip_model),
    neck=dict(
        in_channels=embed_dims,
        tap_channels=width,
        frames_encoder=dict(max_frames=num_frames, num_layers=2)),
    cls_head=dict(num_prompt_tokens=num_prompt_tokens, mcfe=dict(num_blocks=num_blocks)))

loader = dict(batch_size=batch_size, num_workers=num_workers)
sample = dict(sample=dict(clip_len=num_frames))
train_dataloader = dict(**loader, dataset=dict(pipeline=sample))
val_dataloader = dict(**loader, dataset=dict(pipeline=sample))
test_dataloader = dict(**loader, dataset=dict(pipeline=sample))

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
