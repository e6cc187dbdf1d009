# EmoCLIP (Foteinopoulou and Patras, FG 2024): a frozen CLIP reads frames and class descriptions,
# and two transformer layers join the frames. The heads are 2048 wide and the MLPs 512, as in the
# code, which mixes up both arguments. The descriptions are our own words.
_base_ = './dfer_clip.py'

model = dict(
    data_preprocessor=dict(mean=[122.7709383, 116.7460125, 104.09373615],
                           std=[68.5005327, 66.6321579, 70.32316305]),
    backbone=dict(frame=dict(frozen=True)),
    neck=dict(max_frames=1023, depth=2, head_channels=2048, mlp_channels=512),
    cls_head=dict(num_prompt_tokens=0, learn_temperature=True,
                  loss_cls=dict(type='BatchInfoNCELoss')))
