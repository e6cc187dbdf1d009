"""MCFEHead on mmaction's recognizers and OUS over mmaction's backbones, each at a small size."""
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

FRAMES, SIZE = 4, 32
SCRATCH = dict(pretrained=None, pretrained2d=False)
PATHWAY = dict(type='resnet3d', depth=18, pretrained=None, conv1_kernel=(1, 7, 7),
               inflate=(0, 0, 1, 1), norm_eval=False, lateral=False)
MVIT = dict(type='MViT', arch=dict(embed_dims=16, num_layers=2, num_heads=1,
                                   downscale_indices=[1]))
VIT = dict(type='VisionTransformer', img_size=SIZE, num_frames=FRAMES, embed_dims=24, depth=1,
           num_heads=2)
# Maps a name to the dims, the channels of the last stage, and the backbone.
BACKBONES = {
    'ResNet': (2, 512, dict(type='ResNet', depth=18)),
    'MobileNetV2': (2, 1280, dict(type='MobileNetV2', widen_factor=0.25)),
    'ResNetTSM': (2, 512, dict(type='ResNetTSM', depth=18, num_segments=FRAMES,
                               pretrained2d=False)),
    'MobileNetV2TSM': (2, 1280, dict(type='MobileNetV2TSM', widen_factor=0.25,
                                     num_segments=FRAMES, pretrained2d=False)),
    'C3D': (3, 4096, dict(type='C3D', out_dim=2048)),
    'ResNet3d': (3, 512, dict(type='ResNet3d', depth=18, **SCRATCH)),
    'R(2+1)D': (3, 512, dict(type='ResNet2Plus1d', depth=18, **SCRATCH, conv1_kernel=(3, 7, 7),
                             conv_cfg=dict(type='Conv2plus1d'), temporal_strides=(1, 2, 2, 2),
                             zero_init_residual=False)),
    'SlowOnly': (3, 512, dict(type='ResNet3dSlowOnly', depth=18, pretrained=None)),
    'X3D': (3, 192, dict(type='X3D')),
    'Swin': (3, 24, dict(type='SwinTransformer3D', pretrained2d=False,
                         arch=dict(embed_dims=12, depths=[1, 1], num_heads=[1, 2]),
                         out_indices=(1,))),
    'MViT': (3, 32, dict(MVIT, output_cls_token=False)),
    'UniFormer': (3, 64, dict(type='UniFormer', depth=[1] * 4, embed_dim=[8, 16, 32, 64],
                              head_dim=8, pretrained2d=False)),
    'VideoMAE': (3, 24, VIT),
}
# C3D pools 16 frames to one step.
CLIP_FRAMES = {'C3D': 16}
each_backbone = pytest.mark.parametrize('name', BACKBONES)


@pytest.fixture
def head(clip_model_cfg, class_names):
    return dict(type='MCFEHead', class_names=class_names, clip_model=clip_model_cfg,
                num_prompt_tokens=2, mcfe=dict(num_blocks=1))


@pytest.fixture
def stock(head):
    """Builds the stock recognizer of a backbone with MCFEHead on top."""
    def build(backbone, dims, channels):
        return MODELS.build(dict(type=f'Recognizer{dims}D', backbone=backbone,
                                 cls_head=dict(head, in_channels=channels)))
    return build


@pytest.fixture
def ous(head):
    """Builds OUS with both streams over a backbone."""
    def build(backbone, dims, channels, frames=FRAMES, width=32):
        return MODELS.build(dict(
            type='OUSRecognizer',
            backbone=dict(type='FaceSceneBackbone', backbone=backbone, dims=dims,
                          clip_shape=(frames, SIZE, SIZE)),
            neck=dict(type='FaceSceneNeck', in_channels=channels, channels=width,
                      frames_encoder=dict(num_layers=1)),
            cls_head=dict(head, loss_similarity=dict(type='FaceSceneSimilarityLoss'))))
    return build


def train_a_step(model, inputs):
    """Train on two clips: every trainable parameter gets a gradient, and the backbone changes."""
    samples = [ActionDataSample().set_gt_label(label) for label in (0, 6)]
    model.init_weights()
    model.train()
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    before = {name: p.detach().clone() for name, p in trained.items()}
    optimizer = torch.optim.SGD(trained.values(), lr=0.1)
    losses = model(inputs, samples, mode='loss')
    model.parse_losses(losses)[0].backward()
    assert [name for name, p in trained.items() if p.grad is None] == []
    assert [name for name, p in trained.items() if not p.grad.isfinite().all()] == []
    optimizer.step()
    assert any(not torch.equal(p, before[name]) for name, p in trained.items()
               if name.startswith('backbone'))


@each_backbone
def test_head_trains_in_the_stock_recognizer(name, stock):
    dims, channels, backbone = BACKBONES[name]
    frames = CLIP_FRAMES.get(name, FRAMES)
    shape = (2, frames, 3, SIZE, SIZE) if dims == 2 else (2, 1, 3, frames, SIZE, SIZE)
    train_a_step(stock(backbone, dims, channels), torch.randn(shape))


@each_backbone
def test_ous_trains_on_both_streams(name, ous):
    dims, channels, backbone = BACKBONES[name]
    frames = CLIP_FRAMES.get(name, FRAMES)
    mask = torch.ones(2, frames, dtype=torch.bool)
    mask[1, frames // 2:] = False
    train_a_step(ous(backbone, dims, channels, frames), dict(
        face=torch.randn(2, frames, 3, SIZE, SIZE), scene=torch.randn(2, frames, 3, SIZE, SIZE),
        mask=mask))


SLOWFAST = dict(type='ResNet3dSlowFast', pretrained=None, resample_rate=2, speed_ratio=2,
                slow_pathway=PATHWAY, fast_pathway=dict(PATHWAY, base_channels=8))
REFUSED = {
    'pathways': (SLOWFAST, 3, 512, 'ResNet3dSlowFast does not give one feature map per stage.*'
                                   'Choose another backbone'),
    'class token': (MVIT, 3, 32, 'MViT does not give one.*Set its `output_cls_token` to False'),
    'segments': (dict(type='ResNetTSM', depth=18, num_segments=8), 2, 512,
                 'ResNetTSM mixes 8 frames, but `clip_shape` has 4.*`num_segments` to 4'),
    'fewer frames': (dict(type='ResNetTSM', depth=18, num_segments=4, temporal_pool=True), 2, 512,
                     'ResNetTSM does not give one feature map'),
    'C3D, short clips': (dict(type='C3D'), 3, 4096,
                         'C3D .*clips of 4 frames.*Change its `out_dim`'),
    'VideoMAE, other length': (
        dict(VIT, num_frames=16), 3, 24,
        'VisionTransformer .* 4 frames.*Change its `num_frames`, its `img_'),
    '2D as 3D': (BACKBONES['ResNet'][2], 3, 512, 'ResNet with `dims` = 3 does not.*or `dims`'),
    '3D as 2D': (BACKBONES['X3D'][2], 2, 192, 'X3D with `dims` = 2 does not'),
    'width': (BACKBONES['ResNet'][2], 2, 32,
              'gives 512 channels per frame, but the neck expects 32'),
}


@pytest.mark.parametrize('backbone, dims, channels, message', REFUSED.values(), ids=REFUSED)
def test_ous_refuses_while_it_is_built(ous, backbone, dims, channels, message):
    with pytest.raises(ValueError, match=message) as error:
        ous(backbone, dims, channels)
    assert '\n' not in str(error.value)


def test_neck_and_head_have_to_meet_while_they_are_built(ous):
    with pytest.raises(ValueError, match='expects tokens of 32 channels, but gets 48'):
        ous(*reversed(BACKBONES['ResNet'][:1:-1]), 2, 512, width=48)


@pytest.mark.parametrize('backbone, channels, message', [
    (SLOWFAST, 512, 'reads one feature map, but the backbone gives 2'),
    (MVIT, 32, 'reads one feature map.*without a class token'),
    (BACKBONES['X3D'][2], 64, 'tokens of 64 channels, but gets 192.*`cls_head.in_channels`')])
def test_the_stock_recognizer_refuses_at_its_first_batch(stock, backbone, channels, message):
    """It joins parts that do not know each other, so none of ours can check both earlier."""
    model = stock(backbone, 3, channels)
    with pytest.raises(ValueError, match=message):
        model(torch.randn(1, 1, 3, FRAMES, SIZE, SIZE), mode='tensor', stage='head')
