import torch
from mmaction.registry import MODELS
from mmengine.optim import build_optim_wrapper


def test_rates_and_decay_are_videomaes(class_names):
    model = MODELS.build(dict(
        type='Recognizer3D',
        backbone=dict(type='LGIFormer', channels=16, depth=3, num_heads=2, num_frames=4,
                      image_size=8, patch_size=4, regions=(2, 1, 1)),
        cls_head=dict(type='EmotionHead', class_names=class_names, in_channels=16)))
    model.backbone.patch_embed.proj.bias.requires_grad_(False)
    optimizer = build_optim_wrapper(model, dict(
        type='OptimWrapper', constructor='LayerDecayConstructor',
        optimizer=dict(type='AdamW', lr=0.1, weight_decay=0.05),
        paramwise_cfg=dict(decay_rate=0.5, no_weight_decay=['region_tokens']))).optimizer
    settings = {id(p): (group['lr'], group['weight_decay'])
                for group in optimizer.param_groups for p in group['params']}
    named = {name: settings.get(id(p)) for name, p in model.named_parameters()}
    assert named['backbone.patch_embed.proj.bias'] is None  # frozen
    assert named['backbone.patch_embed.proj.weight'] == (0.1 / 2 ** 4, 0.05)
    assert named['backbone.blocks.0.region_attn.qkv.weight'] == (0.1 / 2 ** 3, 0.05)
    assert named['backbone.blocks.0.region_attn.q_bias'] == (0.1 / 2 ** 3, 0)
    assert named['backbone.blocks.2.mlp_norm.weight'] == (0.1 / 2, 0)
    assert named['backbone.region_tokens'] == (0.1, 0)
    assert named['backbone.fc_norm.weight'] == (0.1, 0)
    assert named['cls_head.fc_cls.weight'] == (0.1, 0.05)
    trained = [p for p in model.parameters() if p.requires_grad]
    assert len(settings) == len(trained) == sum(len(g['params']) for g in optimizer.param_groups)
    assert isinstance(optimizer, torch.optim.AdamW)
