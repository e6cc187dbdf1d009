"""A random model in the released layout, with its computation written out, and its conversion."""
import copy
import hashlib
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from PIL import Image

from ous_mmaction.converters import convert_checkpoint, input_of, read_source
from ous_mmaction.converters.ous import convert
from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.datasets.transforms.resizing import resize_frames
from ous_mmaction.features.use_bank import use_bank
from ous_mmaction.models.frozen_clip import load_clip_model
from ous_mmaction.models.layers.ous import MCFE

from ..models.reference import array, sigmoid, softmax, unit

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs'
CONFIG = ROOT / 'configs' / 'released' / 'ous_released_dfew.py'
# The order of one Python set. Column k of the logits still is class k of the dataset.
SET_ORDER = ['fear', 'anger', 'surprise', 'happiness', 'disgust', 'neutral', 'sadness']
WIDTH, TEXT_WIDTH, LAYERS, HEADS = 32, 64, 12, 8  # vit_test's widths; 768 and 768 when released
SMALL = {'model.backbone.clip_model': dict(name='vit_test', pretrained=None),
         'model.neck.in_channels': WIDTH, 'model.cls_head.prompt_names': SET_ORDER}


def small_config(**options):
    config = Config.fromfile(CONFIG)
    config.merge_from_dict({**SMALL, **options})
    return config


@pytest.fixture
def released():
    """Released tensors by name, at vit_test's widths."""
    clip = load_clip_model('vit_test').model
    d = WIDTH
    shapes = {'feate.weight': (d, d), 'feate.bias': (d,), 'prompt_learner.ctx': (32, TEXT_WIDTH),
              'ctransTo768.weight': (d, 512), 'ctransTo768.bias': (d,)}
    for part in ('ih', 'hh'):
        shapes[f'lstm.weight_{part}_l0'], shapes[f'lstm.bias_{part}_l0'] = (4 * d, d), (4 * d,)
    for name in ('pencoding', 'cpencoding'):
        shapes[f'{name}.frame_position_embeddings.weight'] = (16, d)
    for stack in ('transformerClip', 'seq_transformerClip'):
        for i in range(LAYERS):
            block = {'attn.in_proj_weight': (3 * d, d), 'attn.in_proj_bias': (3 * d,),
                     'attn.out_proj.weight': (d, d), 'attn.out_proj.bias': (d,),
                     'ln_1.weight': (d,), 'ln_1.bias': (d,), 'ln_2.weight': (d,),
                     'ln_2.bias': (d,), 'mlp.c_fc.weight': (4 * d, d), 'mlp.c_fc.bias': (4 * d,),
                     'mlp.c_proj.weight': (d, 4 * d), 'mlp.c_proj.bias': (d,)}
            if stack == 'seq_transformerClip':
                block['shareq'] = (2, d)
            shapes.update({f'{stack}.resblocks.{i}.{name}': s for name, s in block.items()})
    state = {name: torch.randn(shape) * 0.2 for name, shape in shapes.items()}
    tokens = open_clip.get_tokenizer('vit_test')(
        [' '.join(['X'] * 32) + f' {name}.' for name in SET_ORDER])
    embedded = clip.token_embedding(tokens).detach()
    state['prompt_learner.token_prefix'] = embedded[:, :1]
    state['prompt_learner.token_suffix'] = embedded[:, 33:]
    assert state['prompt_learner.token_suffix'].shape == (7, 44, TEXT_WIDTH)
    state['logit_scale'] = clip.logit_scale.detach().clone()
    for name, value in clip.state_dict().items():
        if name.startswith('visual.'):
            for copy_ in ('image_encoder.', 'image_encoder_s.'):
                state[copy_ + name[len('visual.'):]] = value
        elif name.startswith('transformer.'):
            state['text_encoder.' + name] = state['cap_encoder.' + name] = value
    state['token_embedding.weight'] = clip.token_embedding.weight.detach()
    return state


@pytest.fixture
def checkpoint(released, tmp_path):
    path = tmp_path / 'released.ckpt'
    torch.save({'state_dict': released, 'epoch': 3, 'pytorch-lightning_version': '2.0.0'}, path)
    return path


def layer_norm(x, state, name):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return y * state[name + '.weight'] + state[name + '.bias']


def attention(query, kv, state, name, mask):
    """Attend from (Q, D) queries to (N, D) keys and values, with ``mask`` added to the scores."""
    parts = zip((query, kv, kv), np.split(state[name + '.in_proj_weight'], 3),
                np.split(state[name + '.in_proj_bias'], 3))
    q, k, v = (np.stack(np.split(x @ w.T + b, HEADS, axis=-1)) for x, w, b in parts)
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(WIDTH // HEADS) + mask
    joined = np.concatenate(list(softmax(scores) @ v), -1)
    return joined @ state[name + '.out_proj.weight'].T + state[name + '.out_proj.bias']


def mlp(x, state, name):
    hidden = x @ state[name + '.c_fc.weight'].T + state[name + '.c_fc.bias']
    hidden = hidden * sigmoid(1.702 * hidden)
    return hidden @ state[name + '.c_proj.weight'].T + state[name + '.c_proj.bias']


def lstm_pair(face, scene, state):
    """Take two steps from a zero state and add each output to its input."""
    h = c = np.zeros(WIDTH)
    for x in (face, scene):
        gates = (state['lstm.weight_ih_l0'] @ x + state['lstm.bias_ih_l0']
                 + state['lstm.weight_hh_l0'] @ h + state['lstm.bias_hh_l0'])
        i, f, g, o = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield x + h


def fused(face, scene, mask, state):
    """Steps 2 to 5 of the released computation on one clip, from features (T, D) to (D,)."""
    face, scene = np.array([list(lstm_pair(*pair, state)) for pair in zip(face, scene)]
                           ).transpose(1, 0, 2)
    scene = scene.mean(0) @ state['feate.weight'].T + state['feate.bias']
    x = face + state['pencoding.frame_position_embeddings.weight'][:len(face)]
    for i in range(LAYERS):
        name = f'transformerClip.resblocks.{i}.'
        y = layer_norm(x, state, name + 'ln_1')
        x = x + attention(y, y, state, name + 'attn', np.where(mask, 0., -1e6))
        x = x + mlp(layer_norm(x, state, name + 'ln_2'), state, name + 'mlp')
    face = (x + face)[mask].mean(0)
    x = np.stack([face, scene]) + state['cpencoding.frame_position_embeddings.weight'][:2]
    for i in range(LAYERS):
        name = f'seq_transformerClip.resblocks.{i}.'
        x = x + attention(state[name + 'shareq'], layer_norm(x, state, name + 'ln_1'), state,
                          name + 'attn', 0.)
        x = x + mlp(layer_norm(x, state, name + 'ln_2'), state, name + 'mlp')
    return x.mean(0)


def reference(batch, state, clip):
    """Unit image and text features by steps 1 to 6, with open_clip's own model in float64."""
    with torch.no_grad():
        face, scene = (clip.encode_image(batch[name].double().flatten(0, 1))
                       .unflatten(0, batch['mask'].shape).numpy() for name in ('face', 'scene'))
        context = torch.from_numpy(state['prompt_learner.ctx']).expand(7, -1, -1)
        prompts = torch.cat([torch.from_numpy(state['prompt_learner.token_prefix']), context,
                             torch.from_numpy(state['prompt_learner.token_suffix'])], 1)
        ends = open_clip.get_tokenizer('vit_test')(
            [' '.join(['X'] * 32) + f' {name}.' for name in SET_ORDER]).argmax(1)
        x = clip.transformer(prompts + clip.positional_embedding, attn_mask=clip.attn_mask)
        text = (clip.ln_final(x)[torch.arange(7), ends] @ clip.text_projection).numpy()
    images = np.stack([fused(*clip_, state) for clip_ in
                       zip(face, scene, batch['mask'].numpy())])
    return unit(images), unit(text)


def test_converted_model_computes_what_the_released_one_does(checkpoint, released, tmp_path):
    """The shipped config at small width, in float64, so that no difference is hidden."""
    destination = tmp_path / 'ours.pth'
    convert_checkpoint(checkpoint, destination, CONFIGS, small_config())
    model = MODELS.build(small_config().model)
    model.load_state_dict(torch.load(destination, weights_only=True)['state_dict'], strict=True)
    mask = torch.ones(3, 5, dtype=torch.bool)
    mask[1, 3:] = mask[2, 1:] = False
    batch = dict(face=torch.randn(3, 5, 3, 32, 32), scene=torch.randn(3, 5, 3, 32, 32), mask=mask)
    images, text = reference(batch, {name: array(x) for name, x in released.items()},
                             copy.deepcopy(model.backbone.clip_model.model).double())
    assert np.ptp(images, axis=0).max() > 0.01  # the clips differ
    batch = {name: x.double() if x.is_floating_point() else x for name, x in batch.items()}
    model.eval()
    try:
        model.double()
        with torch.no_grad():
            fused_ = model.cls_head.fuse(model(batch, stage='neck'))
            prompts = model.cls_head.prompts()
            logits = model(batch, stage='head')
    finally:
        model.float()  # all tests share CLIP
    np.testing.assert_allclose(unit(array(fused_)), images, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(unit(array(prompts)), text, rtol=1e-9, atol=1e-12)
    # The head scores in float32.
    expected = np.exp(array(released['logit_scale'])) * images @ text.T
    np.testing.assert_allclose(array(logits), expected, rtol=1e-5, atol=2e-6)


def test_a_feature_bank_is_no_other_input():
    """Converted weights test from a bank as well."""
    assert input_of(use_bank(small_config(), 'bank')) == input_of(small_config())


def cubic(count, scale):
    """Weights (round(count * scale), count) of cubic convolution with a = -0.75, not antialiased.

    These are the taps that OpenCV documents for INTER_CUBIC; the border is repeated.
    """
    weights = np.zeros((round(count * scale), count))
    for row in range(len(weights)):
        center = (row + 0.5) / scale - 0.5
        for tap in range(int(np.floor(center)) - 1, int(np.floor(center)) + 3):
            x = abs(center - tap)
            near = 1.25 * x ** 3 - 2.25 * x ** 2 + 1
            far = -0.75 * (x ** 3 - 5 * x ** 2 + 8 * x - 4)
            weights[row, min(max(tap, 0), count - 1)] += near if x <= 1 else far if x < 2 else 0
    return weights


def canvas_by_pillow(image):
    """The facts of the released loader: shrink, paste, Resize(256), CenterCrop(224)."""
    scale = min(110 / image.height, 160 / image.width)
    if scale < 1:
        small = np.einsum('yh,xw,hwc->yxc', cubic(image.height, scale), cubic(image.width, scale),
                          np.asarray(image, np.float64), optimize=True)
        image = Image.fromarray(np.rint(small).clip(0, 255).astype(np.uint8))
    canvas = Image.new('RGB', (168, 112))
    canvas.paste(image, (0, 0))
    shown = canvas.resize((384, 256), Image.BILINEAR).crop((80, 16, 304, 240))
    return np.asarray(shown, int)


@pytest.mark.parametrize('size', [(224, 224), (256, 256), (301, 180), (97, 353), (150, 61)])
def test_pixels_are_those_of_the_released_loader(size, tmp_path):
    """Within two gray levels, for crops larger and smaller than its canvas."""
    coarse = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.BICUBIC)
    folder = tmp_path / '00001'
    folder.mkdir()
    for k in range(18):
        image.transpose(Image.FLIP_LEFT_RIGHT if k == 5 else Image.ROTATE_180).save(
            folder / f'{k:02d}.png')
    for loader in ('train_dataloader', 'test_dataloader'):
        steps = pipeline_steps(Config.fromfile(CONFIG)[loader].dataset.pipeline)
        inputs = Compose(steps)(dict(clip_id='1', total_frames=18, label=0,
                                     frame_dir=str(folder)))['inputs']
        assert inputs['face'].shape == (16, 3, 224, 224) and inputs['mask'].all()
        turned = np.stack([canvas_by_pillow(image.transpose(way)) for way in
                           (Image.ROTATE_180, Image.FLIP_LEFT_RIGHT)])
        for stream in ('face', 'scene'):  # the last 16 of 18 frames, so that frame 5 is the fourth
            seen = inputs[stream][[0, 3]].permute(0, 2, 3, 1).numpy()
            assert np.abs(seen - turned).max() <= 2


def test_what_the_canvas_shows_of_a_square_face():
    """171 of the 251 columns that the face has, beside 53 black ones."""
    white = resize_frames(np.full((1, 256, 256, 3), 255, np.uint8), 224, 'canvas')[0, 0]
    assert (white[:, :169] == 255).all() and (white[:, 174:] == 0).all()


def test_every_trained_tensor_comes_from_the_released_one(released):
    model = MODELS.build(small_config().model)
    state = convert(released, model)
    assert set(state) == set(model.state_dict())
    unchanged = {name for name, value in model.state_dict().items()
                 if torch.equal(value, state[name])}
    assert not unchanged & {name for name, _ in model.named_parameters()}
    trained = [name for name in released
               if not name.startswith(('image_encoder', 'text_encoder', 'cap_encoder',
                                       'token_embedding', 'ctransTo768', 'logit_scale'))
               and 'token_' not in name]
    values = sum(p.numel() for p in model.parameters())
    assert values == sum(released[name].numel() for name in trained)


def test_trained_parameters_at_full_size_are_the_released_ones():
    """The released model has 175.49 million, counted without CLIP."""
    config = Config.fromfile(CONFIG)
    with torch.device('meta'):
        neck = MODELS.build(config.model.neck)
        mcfe = MCFE(channels=config.model.neck.in_channels, **config.model.cls_head.mcfe)
    context = config.model.cls_head.num_prompt_tokens * 768
    trained = [p for module in (neck, mcfe) for p in module.parameters()]
    assert sum(p.numel() for p in trained) + context == pytest.approx(175.49e6, abs=5e3)


def test_preset_trains_every_parameter_by_one_loss(class_names):
    model = MODELS.build(small_config().model).train()
    frames = torch.randn(2, 16, 3, 32, 32)
    batch = dict(face=frames, scene=frames, mask=torch.ones(2, 16, dtype=torch.bool))
    samples = [ActionDataSample().set_gt_label(label) for label in (0, 6)]
    losses = model(batch, samples, mode='loss')
    assert [name for name in losses if 'loss' in name] == ['loss_contrast']
    losses['loss_contrast'].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []
    assert (model.cls_head.mcfe.queries == 1).all()
    assert model.cls_head.class_names == class_names


def test_tool_converts(checkpoint, released, tmp_path, run_tool, class_names):
    options = ['model.backbone.clip_model.name=vit_test',
               'model.backbone.clip_model.pretrained=None',
               f'model.neck.in_channels={WIDTH}',
               f'model.cls_head.prompt_names={",".join(SET_ORDER)}']
    code, output = run_tool('convert_checkpoint.py', checkpoint, '--out', tmp_path / 'ours.pth',
                            '--config', CONFIG, '--cfg-options', *options)
    assert code == 0 and 'ours.pth: OUS ' in output
    converted = torch.load(tmp_path / 'ours.pth', weights_only=True)
    assert converted['meta']['ous_mmaction']['clip']['model'] == 'vit_test'
    meta = converted['meta']['converted']
    assert (meta['family'], meta['file'], meta['dataset']) == ('OUS', 'released.ckpt', 'DFEW')
    assert meta['sha256'] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert meta['class_names'] == class_names and meta['epoch'] == 3
    assert meta['input']['SampleClip'] == dict(clip_len=16, select='last')
    torch.testing.assert_close(converted['state_dict']['cls_head.prompts.context'],
                               released['prompt_learner.ctx'])


def test_order_of_the_prompts_is_read_off_the_checkpoint(released):
    """CLIP's half precision on a GPU is sufficient, and the message can be pasted."""
    half = {name: value.half() for name, value in released.items()}
    convert(half, MODELS.build(small_config().model))
    model = MODELS.build(small_config(**{
        'model.cls_head.prompt_names': sorted(SET_ORDER)}).model)
    with pytest.raises(ValueError, match='prompt_names=' + ','.join(SET_ORDER) + ' and'):
        convert(half, model)
    with pytest.raises(ValueError, match=r"'fear\.', 'anger\.', .*prompt_suffix='\.'"):
        convert(half, MODELS.build(small_config(**{'model.cls_head.prompt_suffix': ''}).model))


@pytest.mark.parametrize('change, message', [
    (dict(add='adapter.weight'), 'no place for adapter.weight'),
    (dict(add='transformerClip.resblocks.12.ln_1.bias'),
     'no place for transformerClip.resblocks.12.ln_1.bias'),
    (dict(remove='feate.bias'), 'nothing for neck.scene_align.linear.bias'),
    (dict(remove='seq_transformerClip.resblocks.4.shareq'),
     'nothing for cls_head.mcfe.blocks.4.shareq'),
    (dict(remove='logit_scale'), 'nothing for logit_scale'),
    (dict(cut='feate.weight'), r'neck.scene_align.linear.weight \(31, 32\) for \(32, 32\)'),
    (dict(cut='prompt_learner.token_suffix'),
     r'prompt_learner.token_suffix \(6, 44, 64\) for \(7, 44, 64\)'),
    (dict(scale='prompt_learner.token_prefix'), 'not made of the tokens of vit_test/None'),
    (dict(scale='prompt_learner.token_suffix'), 'not made of the tokens of vit_test/None'),
    (dict(scale='logit_scale'), 'Set model.cls_head.temperature=0.00')])
def test_what_does_not_fit_is_named(released, change, message):
    (kind, name), = change.items()
    if kind == 'add':
        released[name] = torch.zeros(WIDTH)
    elif kind == 'remove':
        del released[name]
    elif kind == 'cut':
        released[name] = released[name][:-1]
    else:
        released[name] = released[name] * 2
    with pytest.raises(ValueError, match=message):
        convert(released, MODELS.build(small_config().model))


def test_other_models_are_refused(checkpoint, tmp_path):
    config = small_config()
    config.model = dict(type='Recognizer2D', backbone=dict(type='ResNet', depth=18))
    with pytest.raises(ValueError, match='the config has Recognizer2D'):
        convert_checkpoint(checkpoint, tmp_path / 'ours.pth', CONFIGS, config)
    assert not (tmp_path / 'ours.pth').exists()


class Marker:
    """An object whose loading writes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, 'w')


def test_code_in_a_checkpoint_is_not_run(released, tmp_path):
    marker, path = tmp_path / 'marker', tmp_path / 'bad.ckpt'
    torch.save({'state_dict': released, 'callbacks': Marker(marker)}, path)
    with pytest.raises(ValueError, match='bad.ckpt: refused, .*python -c'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, small_config())
    assert not marker.exists() and not (tmp_path / 'ours.pth').exists()


@pytest.mark.parametrize('content', [dict(model=dict()), dict(state_dict=dict(a=1)), [1]])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / 'some.ckpt'
    torch.save(content, path)
    with pytest.raises(ValueError, match=r'some.ckpt: (there are no tensors by name under the key '
                                         r'`(state_dict|model)`|.*, which is a dict, but found)'):
        read_source(path)
    with pytest.raises(FileNotFoundError, match='missing.ckpt'):
        read_source(tmp_path / 'missing.ckpt')
