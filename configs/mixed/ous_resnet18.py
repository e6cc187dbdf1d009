# OUS with both streams on a 2D backbone: ResNet-18, trained from scratch, replaces CLIP. Its first
# three stages replace CLIP's first blocks, as one tap of 64 + 128 + 256 channels.
_base_ = '../ous_demo.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='FaceSceneBackbone',
        dims=2,
        clip_shape=({{_base_.num_frames}}, {{_base_.frame_size}}, {{_base_.frame_size}}),
        backbone=dict(type='ResNet', depth=18, out_indices=(0, 1, 2, 3))),
    neck=dict(in_channels=512, channels={{_base_.embed_dims}}, tap_channels=448, num_taps=1),
    cls_head=dict(clip_model={{_base_.clip_model}}))  # its text tower reads the prompts
optim_wrapper = dict(optimizer=dict(lr=5e-4))
