import pytest
import torch

from ous_mmaction.models import ResNet16
from ous_mmaction.models.necks import AENNeck

SMALL = dict(depth=1, max_frames=4, num_heads=2, head_channels=4, mlp_channels=8)


@pytest.mark.parametrize('size', [32, 48, 112])
def test_three_levels_are_of_one_width_and_the_highest_has_512(size, batch):
    frames = torch.randn(int(batch['mask'].sum()), 3, size, size)
    width = (size // 4) ** 2
    features = AENNeck(level_channels=width, transformer=SMALL)(
        ResNet16(out_indices=(0, 1, 2, 3))(frames), batch['mask'])
    assert [level.shape for level in features.frames] == [(3, 4, width)] * 3 + [(3, 4, 512)]
    assert [level.shape for level in features.tokens] == [(3, 5, width)] * 3 + [(3, 5, 512)]


def test_trunk_has_2_1_2_2_basic_blocks():
    trunk = ResNet16()
    assert [len(getattr(trunk, name)) for name in trunk.res_layers] == [2, 1, 2, 2]
    assert {type(block).__name__ for name in trunk.res_layers
            for block in getattr(trunk, name)} == {'BasicBlock'}


def test_frames_are_the_1x1_convolutions_at_their_place_and_padding_is_zero(batch):
    mask = batch['mask']
    maps = [torch.randn(10, c, s, s) for c, s in ((64, 8), (128, 4), (256, 2), (512, 1))]
    neck = AENNeck(level_channels=64, transformer=SMALL)
    features = neck(maps, mask)
    for level, conv, inputs in zip(features.frames, neck.convs, maps):
        weight, bias = conv.weight[:, :, 0, 0], conv.bias
        last = torch.einsum('oc,chw->ohw', weight, inputs[9]) + bias[:, None, None]
        torch.testing.assert_close(level[2, 1], last.flatten(), rtol=1e-4, atol=1e-5)
    assert torch.equal(features.frames[3][0, 2], maps[3][2, :, 0, 0])
    assert all((level[~mask] == 0).all() for level in features.frames)


def test_other_frame_size_names_the_key(batch):
    maps = [torch.randn(10, c, s, s) for c, s in ((64, 8), (128, 4), (256, 2), (512, 1))]
    with pytest.raises(ValueError, match='expects level vectors of 784 channels, but gets 64.*'
                                         '`level_channels`.*to 64'):
        AENNeck(transformer=SMALL)(maps, batch['mask'])
