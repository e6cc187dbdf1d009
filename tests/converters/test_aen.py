"""A random AEN in the released layout, its computation written out, and its conversion."""
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.optim import build_optim_wrapper
from PIL import Image

from ous_mmaction.converters.aen import AENFamily
from ous_mmaction.datasets.dfer_dataset import pipeline_steps

from ..running import ROOT
from .forged import check_forged, dfer_clip_line
from .layouts import converted_model, count, draw, shapes_of
from .vit_reference import attend, layer_norm, linear

FRAMES, SIDE, BASE, HEADS, DIM, MLP = 4, 32, 64, 2, 4, 12  # mmaction's ResNet has one width
CLIP, LEVEL = 8 * BASE, (SIDE // 4) ** 2
SIZES = {
    'model.neck.level_channels': LEVEL, 'model.cls_head.level_channels': LEVEL,
    'model.neck.transformer.max_frames': FRAMES,
    'model.neck.transformer.num_heads': HEADS, 'model.neck.transformer.head_channels': DIM,
    'model.neck.transformer.mlp_channels': MLP, 'model.fer2d.checkpoint': None}
BLOCKS = (2, 1, 2, 2)
GROUPS = [[0, 4], [2], [1, 3, 5, 6]]  # positive, neutral, negative in the order D
_LOW = {'fc0_0', 'fc0_1', 'fc0_1_o'}  # from the clip and level 1 to the sentiment
REACHED = dict(  # the linear layers that each loss moves
    loss_sentiment={'fc0', 'fc1', *_LOW}, loss_emotion={'fc0', 'fc3', 'fc2_3', 'fc2_3_o', *_LOW},
    loss_s2t=set(), loss_e3={'fc1', *_LOW}, loss_e7={'fc3', 'fc2_3', 'fc2_3_o', *_LOW})


def norm(name, c):
    return [(name + '.{weight,bias,running_mean,running_var}', (c,)),
            (name + '.num_batches_tracked', ())]


def transformer(name, c, inner, mlp, depth):
    layer = f'{name}.layers.{{0..{depth - 1}}}.'
    return [(layer + '{0,1}.fn.norm.{weight,bias}', (c,)),
            (layer + '0.fn.fn.to_qkv.weight', (3 * inner, c)),
            (layer + '0.fn.fn.to_out.0.weight', (c, inner)),
            (layer + '0.fn.fn.to_out.0.bias', (c,)),
            (layer + '1.fn.fn.net.0.weight', (mlp, c)), (layer + '1.fn.fn.net.0.bias', (mlp,)),
            (layer + '1.fn.fn.net.3.weight', (c, mlp)), (layer + '1.fn.fn.net.3.bias', (c,))]


def trunk(b):
    lines = [('conv1.weight', (b, 3, 7, 7)), *norm('bn1', b)]
    width = b
    for stage, blocks in enumerate(BLOCKS):
        out = b * 2 ** stage
        for i in range(blocks):
            name = f'layer{stage + 1}.{i}'
            lines += [(name + '.conv1.weight', (out, width, 3, 3)), *norm(name + '.bn1', out),
                      (name + '.conv2.weight', (out, out, 3, 3)), *norm(name + '.bn2', out)]
            if width != out:
                lines += [(name + '.downsample.0.weight', (out, width, 1, 1)),
                          *norm(name + '.downsample.1', out)]
            width = out
    return [('s_former.' + name, shape) for name, shape in lines]


def layout(b=BASE, level=LEVEL, frames=FRAMES, inner=HEADS * DIM, mlp=MLP):
    clip, third = 8 * b, 4 * b
    lines = [*trunk(b), ('s_former.pos_embedding', (1, 49, third)),
             *transformer('s_former.spatial_transformer', third, third, 2 * third, 4)]
    for number, (width, out) in enumerate(((b, 1), (2 * b, 4), (4 * b, 16)), 1):
        name = f's_former.conv_sp{number}_'
        lines += [(name + '1.weight', (width, width, 1, 1)), (name + '1.bias', (width,)),
                  (name + '2.weight', (out, width, 1, 1)), (name + '2.bias', (out,))]
    for number, width in (('', clip), ('1', level), ('2', level), ('3', level)):
        lines += [(f't_former.cls_token{number}', (1, 1, width)),
                  (f't_former.pos_embedding{number}', (1, 1 + frames, width)),
                  *transformer(f't_former.spatial_transformer{number}', width, inner, mlp, 3)]
    for name, out, width in (
            ('fc0_0', level, clip), ('fc0_1', level, clip), ('fc1_2', level, level),
            ('fc2_3', level, level), ('fc0_1_o', level, level), ('fc1_2_o', level, level),
            ('fc2_3_o', level, level), ('fc1_1', level, level), ('fc0', 7, clip),
            ('fc1', 3, level), ('fc3', 7, level), ('fc2D', 7, level)):
        lines += [(name + '.weight', (out, width)), (name + '.bias', (out,))]
    return shapes_of(lines)


def draw_aen():
    state = draw(layout(), scale=0.04)
    for name, x in state.items():
        if 'running_var' in name or ('bn' in name or 'downsample.1' in name) and 'weight' in name:
            state[name] = 0.5 + x.abs()
        if name.endswith('num_batches_tracked'):
            state[name] = torch.tensor(7)
    return state


def batch_norm(x, state, name):
    mean, var, scale, shift = (state[f'{name}.{part}'][:, None, None] for part in
                               ('running_mean', 'running_var', 'weight', 'bias'))
    return (x - mean) / (var + 1e-5).sqrt() * scale + shift


def stages(x, state):
    conv = lambda x, name, stride=1, padding=1: F.conv2d(  # noqa: E731
        x, state[f's_former.{name}.weight'], None, stride, padding)
    x = batch_norm(conv(x, 'conv1', 2, 3), state, 's_former.bn1').relu()
    x = F.max_pool2d(x, 3, 2, 1)
    maps = []
    for stage, blocks in enumerate(BLOCKS):
        for i in range(blocks):
            name, stride = f'layer{stage + 1}.{i}', 2 if stage and not i else 1
            y = batch_norm(conv(x, name + '.conv1', stride), state, f's_former.{name}.bn1').relu()
            y = batch_norm(conv(y, name + '.conv2'), state, f's_former.{name}.bn2')
            if stride == 2:
                x = batch_norm(conv(x, name + '.downsample.0', 2, 0), state,
                               f's_former.{name}.downsample.1')
            x = (x + y).relu()
        maps.append(x)
    return maps


def class_token(frames, state, number):
    """The sheet's TB with class token first and learned positions, on (T, C)."""
    x = torch.cat([state[f't_former.cls_token{number}'][0], frames])
    x = x + state[f't_former.pos_embedding{number}'][0]
    for i in range(3):
        name = f't_former.spatial_transformer{number}.layers.{i}.'
        y = layer_norm(x, state, name + '0.fn.norm', eps=1e-5)
        q, k, v = linear(y, state, name + '0.fn.fn.to_qkv').chunk(3, -1)
        x = x + linear(attend(q, k, v, HEADS), state, name + '0.fn.fn.to_out.0')
        y = linear(layer_norm(x, state, name + '1.fn.norm', eps=1e-5), state,
                   name + '1.fn.fn.net.0')
        y = y / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y ** 3)))
        x = x + linear(y, state, name + '1.fn.fn.net.3')
    return x[0]


def top_down(q, v):
    matrix = torch.stack([torch.stack([a * b for b in v]) for a in q]) / math.sqrt(len(q))
    weights = matrix.exp() / matrix.exp().sum(0)
    return torch.stack([(weights[i] * v).sum() for i in range(len(q))])


def reference(clip, state):
    """Logits of the three heads and the vectors of levels 1, 3 and the clip, of (T, 3, S, S)."""
    maps = stages(clip, state)
    frames = [maps[3].mean((2, 3))]
    for number in (1, 3):
        y = maps[number - 1]
        for part in (1, 2):
            name = f's_former.conv_sp{number}_{part}'
            y = torch.einsum('tcyx,oc->toyx', y, state[name + '.weight'][:, :, 0, 0])
            y = y + state[name + '.bias'][:, None, None]
        frames.append(y.flatten(1))
    c0, c1, c3 = (class_token(x, state, number) for x, number in zip(frames, ('', '1', '3')))
    a = linear(top_down(linear(c0, state, 'fc0_1'), c1), state, 'fc0_1_o')
    a = a + linear(c0, state, 'fc0_0')
    b = linear(top_down(linear(a, state, 'fc2_3'), c3), state, 'fc2_3_o') + a
    logits = (linear(a, state, 'fc1'), linear(b, state, 'fc3'), linear(c0, state, 'fc0'))
    return logits, (c0, c1, c3), frames


def convert(folder, state):
    return converted_model(dfer_clip_line(state), folder, 'aen/aen_released_dfew.py', SIZES)


def test_layout_is_the_sheets():
    assert count(layout(64, 784, 16, 512, 1024)) == (329, 52_921_423)
    unused = {name: shape for name, shape in layout(64, 784, 16, 512, 1024).items()
              if name.startswith(('s_former.pos_embedding', 's_former.spatial_transformer',
                                  's_former.conv_sp2_', 't_former.cls_token2',
                                  't_former.pos_embedding2', 't_former.spatial_transformer2',
                                  'fc1_1.', 'fc1_2.', 'fc1_2_o.'))}
    assert count(unused) == (90, 13_646_324)


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_logits_are_the_released_models(dtype, tolerance, tmp_path):
    state = draw_aen()
    model, checkpoint = convert(tmp_path, state)
    assert checkpoint['meta']['converted']['family'] == 'AEN'
    clips = torch.rand(2, FRAMES, 3, SIDE, SIDE)
    state = {name: x.double() for name, x in state.items()}
    inputs = dict(imgs=clips.to(dtype), mask=torch.ones(2, FRAMES, dtype=torch.bool))
    model = model.to(dtype)
    mixes, _ = model.extract_feat(inputs, stage='head')
    logits = model.cls_head.classify(model.extract_feat(inputs, test_mode=True)[0])
    assert (mixes[0] - mixes[1]).abs().max() > 1e-3  # they depend on the input
    for row, clip in enumerate(clips.double()):
        (sentiment, emotion, overall), _, _ = reference(clip, state)
        for found, expected in zip(logits, (sentiment, emotion, overall)):
            torch.testing.assert_close(found[row].double(), expected, atol=tolerance, rtol=0)
        assert sentiment.std() > 1e-2 and emotion.std() > 1e-2
        mixed = 0.3 * overall.log_softmax(0) + 0.7 * emotion.log_softmax(0)
        torch.testing.assert_close(mixes[row].double(), mixed, atol=tolerance, rtol=0)


def reference_losses(clip, scores, label, state):
    """The sheet's five losses of one clip, each times its weight, from (T, 7) scores."""
    (sentiment, emotion, overall), tokens, frames = reference(clip, state)
    group = next(i for i, members in enumerate(GROUPS) if label in members)
    overall, e = overall.log_softmax(0), scores.sum(0).softmax(0)
    means = torch.stack([e[members].mean() for members in GROUPS])
    return dict(
        loss_sentiment=-0.6 * (0.7 * sentiment.log_softmax(0)[group]
                               + 0.3 * overall[GROUPS[group]].mean()),
        loss_emotion=-1.4 * (0.7 * emotion.log_softmax(0)[label] + 0.3 * overall[label]),
        loss_s2t=0.4 * 3 * sum((c - scores[:, label] @ x).abs().mean() / len(c)
                               for c, x in zip(tokens, frames)),
        loss_e3=0.7 * (sentiment.sigmoid() - means).abs().mean(),
        loss_e7=0.3 * (emotion.sigmoid() - e).abs().mean())


@pytest.fixture(scope='module')
def both_losses(tmp_path_factory):
    """A converted model, its losses of two clips, the sheet's, and the tensors of the sheet's."""
    torch.manual_seed(0)
    state = draw_aen()
    model, _ = convert(tmp_path_factory.mktemp('aen'), state)
    model.double()
    clips = torch.rand(2, FRAMES, 3, SIDE, SIDE).double()
    scores, labels = torch.randn(2, FRAMES, 7).double(), [4, 1]  # surprise, sad
    inputs = dict(imgs=clips, mask=torch.ones(2, FRAMES, dtype=torch.bool))
    samples = [ActionDataSample().set_gt_label(label) for label in labels]
    features = model.extract_feat(inputs, test_mode=True)[0]
    losses = model.cls_head.loss(features, samples, scores)
    state = {name: x.double().requires_grad_() if x.is_floating_point() else x
             for name, x in state.items()}
    first, second = (reference_losses(*clip, state) for clip in zip(clips, scores, labels))
    return model, losses, {name: (first[name] + second[name]) / 2 for name in first}, state


@pytest.mark.parametrize('name', REACHED)
def test_losses_are_the_sheets(name, both_losses):
    _, losses, expected, _ = both_losses
    torch.testing.assert_close(losses[name].double(), expected[name], atol=1e-6, rtol=0)


@pytest.mark.parametrize('name', REACHED)
def test_gradients_are_the_sheets(name, both_losses):
    """Every loss moves the levels below; which linear layers it moves differs."""
    model, losses, expected, state = both_losses
    leaves = {key: x for key, x in state.items() if x.is_floating_point()}
    gradients = torch.autograd.grad(expected[name], list(leaves.values()), retain_graph=True,
                                    allow_unused=True, materialize_grads=True)
    gradients = dict(zip(leaves, gradients))
    assert {key.split('.')[0] for key, x in gradients.items()
            if key.startswith('fc') and x.any()} == REACHED[name]
    assert gradients['s_former.conv1.weight'].any()
    assert gradients['s_former.conv_sp3_1.weight'].any() == (name not in ('loss_sentiment',
                                                                          'loss_e3'))
    converted = AENFamily().convert({**state, **gradients}, model)
    found = torch.autograd.grad(losses[name], list(model.parameters()), retain_graph=True,
                                allow_unused=True, materialize_grads=True)
    for (key, _), gradient in zip(model.named_parameters(), found):
        scale = float(converted[key].abs().max())  # the norms take constants away: a bias has none
        torch.testing.assert_close(gradient, converted[key], atol=1e-5 * scale + 1e-8, rtol=1e-5)


def test_gradients_reach_everything_but_the_2d_model(tmp_path):
    model, _ = convert(tmp_path, draw_aen())
    model.train()
    inputs = dict(imgs=torch.rand(2, FRAMES, 3, SIDE, SIDE),
                  mask=torch.ones(2, FRAMES, dtype=torch.bool))
    samples = [ActionDataSample().set_gt_label(label) for label in (4, 1)]
    losses = model(inputs, samples, mode='loss')
    sum(value for name, value in losses.items() if name.startswith('loss')).backward()
    assert [name for name, p in model.named_parameters()
            if p.grad is None or not p.grad.abs().max() > 0] == []
    assert not any(p.requires_grad for p in model.fer2d.model.parameters())


def test_planted_calls_are_not_executed(tmp_path):
    check_forged(dfer_clip_line({name: torch.zeros(1) for name in layout()}), tmp_path)


@pytest.mark.parametrize('frames, indices', [
    (77, [4, 5, 14, 15, 23, 24, 33, 34, 42, 43, 52, 53, 61, 62, 71, 72]), (9, [0, 1] * 8)])
def test_input_is_the_sheets(frames, indices, tmp_path):
    """Frames resized straight to a square, in 0..1; short clips are scored too."""
    generator = np.random.default_rng(0)
    for k in range(frames):
        small = Image.fromarray(generator.integers(0, 256, (9, 7, 3), dtype=np.uint8))
        small.resize((61, 83), Image.BICUBIC).save(tmp_path / f'{k + 1:03d}.png')
    config = Config.fromfile(ROOT / 'configs' / 'aen' / 'aen_released_dfew.py')
    record = dict(clip_id='1', total_frames=frames, label=0, start_index=0, modality='RGB',
                  frame_dir=str(tmp_path))
    preprocessor = MODELS.build(config.model.data_preprocessor)
    found = {}
    for loader in ('train', 'test'):
        steps = pipeline_steps(config[f'{loader}_dataloader'].dataset.pipeline)
        np.random.seed(0)
        data = pseudo_collate([Compose(steps)(dict(record))])
        found[loader] = preprocessor(data)['inputs']['imgs'][0].permute(0, 2, 3, 1).numpy()
    expected = np.stack([
        np.asarray(Image.open(tmp_path / f'{k + 1:03d}.png').resize((112, 112), Image.BILINEAR))
        for k in indices])
    assert np.abs(found['test'] * 255 - expected).max() < 1.01
    assert found['train'].shape == expected.shape and found['train'].min() >= 0
    assert found['train'].max() <= 1


def test_the_demo_reads_its_clips_and_its_loss_falls(rendered):
    config = Config.fromfile(ROOT / 'configs' / 'aen' / 'aen_released_demo.py')
    config.train_dataloader.dataset.data_root = str(rendered)
    config.model.fer2d.checkpoint, config.model.start_from_fer2d = None, False
    dataset = DATASETS.build(config.train_dataloader.dataset)
    np.random.seed(0)
    batch = pseudo_collate([dataset[i] for i in range(0, len(dataset), 6)])
    model = MODELS.build(config.model)
    model.init_weights()
    model.train()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    losses = [float(model.train_step(batch, optimizer)['loss']) for _ in range(6)]
    assert losses[-1] < losses[0] - 0.1
