import numpy as np
import pytest
import torch

from ous_mmaction.models.layers import TemporalTransformer

from ..aen_reference import temporal_transformer
from ..reference import array


@pytest.fixture
def model():
    return TemporalTransformer(channels=12, max_frames=5, depth=2, num_heads=4, head_channels=8,
                               mlp_channels=20)


def test_is_what_is_written_out(model, batch):
    frames = torch.randn(3, 4, 12)
    result = array(model(frames, batch['mask']))
    for clip in range(3):
        valid = batch['mask'][clip].numpy()
        expected = temporal_transformer(array(frames)[clip], valid, model)
        rows = np.concatenate([[True], valid])
        np.testing.assert_allclose(result[clip][rows], expected[rows], rtol=1e-5, atol=1e-6)


def test_has_the_sizes_of_the_description_by_default():
    layers = TemporalTransformer(channels=784).layers
    assert len(layers) == 3
    assert layers[0].attn.num_heads == 8 and layers[0].attn.qkv.weight.shape == (3 * 512, 784)
    assert layers[0].mlp[0].weight.shape == (1024, 784)


def test_padding_is_not_attended_to(model, batch):
    frames = torch.randn(3, 4, 12)
    changed = frames.clone()
    changed[2, 2:] = 100.
    rows = torch.nn.functional.pad(batch['mask'], (1, 0), value=True)
    torch.testing.assert_close(model(changed, batch['mask'])[rows],
                               model(frames, batch['mask'])[rows])
    shorter = model(frames[2:, :2], batch['mask'][2:, :2])
    torch.testing.assert_close(model(frames, batch['mask'])[2, :3], shorter[0])


def test_reads_the_order_of_the_frames(model):
    frames, mask = torch.randn(1, 4, 12), torch.ones(1, 4, dtype=torch.bool)
    assert not torch.allclose(model(frames, mask)[:, 0], model(frames.flip(1), mask)[:, 0])


def test_long_clip_names_the_key(model):
    with pytest.raises(ValueError, match='6 frames.*table has 5 .*`transformer.max_frames` to 6'):
        model(torch.randn(1, 6, 12), torch.ones(1, 6, dtype=torch.bool))


def test_dropout_drops_only_in_training_and_where_it_says():
    """A layer in training is the equation with torch's dropout of the same seed in three places."""
    layer = TemporalTransformer(channels=12, depth=1, num_heads=4, head_channels=8,
                                mlp_channels=20, dropout=0.5).layers[0]
    x, drop = torch.randn(2, 5, 12), torch.nn.functional.dropout
    torch.manual_seed(1)
    result = layer(x)
    torch.manual_seed(1)
    y = x + drop(layer.attn(layer.ln_1(x)), 0.5)
    hidden = drop(torch.nn.functional.gelu(layer.mlp[0](layer.ln_2(y))), 0.5)
    torch.testing.assert_close(result, y + drop(layer.mlp[2](hidden), 0.5))
    layer.eval()
    y = x + layer.attn(layer.ln_1(x))
    torch.testing.assert_close(layer(x), y + layer.mlp(layer.ln_2(y)))
    assert not torch.allclose(layer(x), result)
