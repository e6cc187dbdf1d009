"""DFER-CLIP: a file in the published layout computes here what the facts sheet writes out."""
import json
import math

import numpy as np
import open_clip
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from ous_mmaction.checkpoints import load_state_dict
from ous_mmaction.converters import check_input, convert_checkpoint, read_for_config
from ous_mmaction.converters.class_orders import ORDERS

from ..films import check_film
from ..models.reference import array, unit
from ..real_video import CARPHONE
from ..running import ROOT
from .forged import check_forged, dfer_clip_line, save
from .layouts_clip import TEXTS, dfer_clip_shapes, dfer_clip_tensors, token_ids
from .reference_clip import clip_image, clip_text, temporal

CONFIGS = ROOT / 'configs'
NAME = 'vit_quick_test'
open_clip.add_model_config(ROOT / 'tests' / 'assets' / f'{NAME}.json')
SMALL = dict(width=48, text_width=64, layers=3, text_layers=2, size=32, patch=8, embed=32,
             temporal=dict(inner=32, mlp=40))
SMALL_OPTIONS = {
    'model.backbone.frame.clip_model.name': NAME,
    'model.backbone.frame.clip_model.pretrained': None,
    'model.cls_head.clip_model.name': NAME, 'model.cls_head.clip_model.pretrained': None,
    'model.cls_head.in_channels': 32, 'model.neck.in_channels': 32, 'model.neck.num_heads': 4,
    'model.neck.head_channels': 8, 'model.neck.mlp_channels': 40}


def small_config(dataset='dfew', **options):
    """The shipped config of a dataset at the width of the test's CLIP."""
    config = Config.fromfile(CONFIGS / 'dfer_clip' / f'dfer_clip_{dataset}.py')
    config.merge_from_dict({**SMALL_OPTIONS, **options})
    return config


def small_tensors(classes=7):
    return dfer_clip_tensors(dfer_clip_shapes(classes, **SMALL), classes)


def reference(clips, state, classes, heads=(3, 4, 4), layers=(3, 2)):
    """Logits of clips (B, T, 3, S, S), from the tensors of the file."""
    frames = clip_image(clips.reshape(-1, *clips.shape[2:]), state, 'image_encoder.', heads[0],
                        layers[0])
    video = temporal(frames.reshape(*clips.shape[:2], -1), state, 'temporal_net.', heads[2], 1)
    prompts = np.concatenate([state['prompt_learner.token_prefix'], state['prompt_learner.ctx'],
                              state['prompt_learner.token_suffix']], 1)
    ends = token_ids(classes, 8).argmax(1).numpy()
    text = clip_text(prompts, ends, state, 'text_encoder.', heads[1], layers[1])
    return unit(video) @ unit(text).T / 0.01


def convert(tensors, folder, config, **beside):
    path = save(dfer_clip_line(tensors, **beside), folder / 'published.pth')
    return convert_checkpoint(path, folder / 'ours.pth', CONFIGS, config)


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    """Tensors of a file, and the model that the converted file gives."""
    folder, tensors, config = tmp_path_factory.mktemp('dfer_clip'), small_tensors(), small_config()
    checkpoint = convert(tensors, folder, config)
    model = MODELS.build(small_config().model).eval()
    state = read_for_config(str(folder / 'ours.pth'), config)['state_dict']
    load_state_dict(model, state, 'ours.pth')
    return tensors, checkpoint, model


@pytest.mark.parametrize('classes, entries, numbers', [
    (7, 618, 279_644_161), (11, 618, 279_801_857)])
def test_layout_is_that_of_the_sheet(classes, entries, numbers):
    shapes = dfer_clip_shapes(classes)
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (entries, numbers)


@pytest.mark.parametrize('frames', [16, 5])
@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-8), (torch.float32, 1e-5)])
def test_logits_are_those_of_the_sheet(converted, dtype, tolerance, frames):
    """Two clips of two views each."""
    tensors, _, model = converted
    clips = torch.rand(4, frames, 3, 32, 32)
    expected = reference(array(clips), {name: array(x) for name, x in tensors.items()}, 7)
    assert np.ptp(expected, axis=0).max() > 0.1  # the clips differ
    try:
        model.to(dtype)
        with torch.no_grad():
            logits, _ = model.extract_feat(
                clips.to(dtype).unflatten(0, (2, 2)).transpose(2, 3).contiguous(), stage='head')
    finally:
        model.float()
    np.testing.assert_allclose(array(logits) / 100, expected / 100, rtol=0, atol=tolerance)


def test_views_are_averaged_as_probabilities(converted):
    _, _, model = converted
    views = torch.randint(0, 256, (2, 3, 16, 32, 32), dtype=torch.uint8)
    data = model.data_preprocessor(dict(inputs=[views], data_samples=[ActionDataSample()]))
    with torch.no_grad():
        [sample] = model(**data, mode='predict')
        logits, _ = model.extract_feat(views[None] / 255., stage='head')
    torch.testing.assert_close(sample.pred_score, logits.softmax(1).mean(0))


def test_every_tensor_of_the_file_is_used(converted):
    """Each of the distinct tensors changes the state, or is named as unused."""
    tensors, checkpoint, model = converted
    state = checkpoint['state_dict']
    assert state.keys() == model.state_dict().keys()
    values = {x.double().sum().item() for x in state.values()}
    unused = [name for name, x in tensors.items() if x.double().sum().item() not in values]
    assert unused == ['clip_model_.logit_scale', 'clip_model_.token_embedding.weight']
    distinct = sum(x.numel() for name, x in tensors.items() if not name.startswith('clip_model_'))
    stamps = state['cls_head.class_names_utf8'].numel() + state['cls_head.prompts.tokens'].numel()
    assert sum(x.numel() for x in state.values()) == distinct + stamps


def test_meta_says_what_was_converted(converted):
    _, checkpoint, _ = converted
    meta = checkpoint['meta']['converted']
    assert (meta['family'], meta['license'], meta['dataset']) == ('DFER-CLIP', 'MIT', 'DFEW')
    assert meta['descriptions'] == list(TEXTS[:7])
    assert meta['epoch'] == 7 and len(meta['sha256']) == 64
    assert meta['input']['SampleDynamic'] == dict(clip_len=16, short='all', test_mode=True)
    assert meta['input']['crops'] == 'native'
    json.dumps(meta)  # plain data


def test_mafw_is_reordered_to_the_official_classes(tmp_path):
    tensors, config = small_tensors(11), small_config('mafw')
    checkpoint = convert(tensors, tmp_path, config)
    names = checkpoint['meta']['converted']['class_names']
    assert names == list(ORDERS['MO'])
    model = MODELS.build(config.model).eval()
    load_state_dict(model, checkpoint['state_dict'], 'ours.pth')
    clip = torch.rand(1, 16, 3, 32, 32)
    expected = reference(array(clip), {name: array(x) for name, x in tensors.items()}, 11)
    with torch.no_grad():
        logits, _ = model.extract_feat(clip.transpose(1, 2)[None], stage='head')
    for emotion, value in zip(ORDERS['MH'], expected[0]):
        assert float(logits[0, names.index(emotion)]) == pytest.approx(value, abs=1e-3), emotion


def change(tensors, kind):
    if kind == 'copy':
        tensors['clip_model_.ln_final.bias'] += 1
    elif kind == 'extra':
        tensors['adapter.weight'] = torch.zeros(3)
    elif kind == 'missing':
        del tensors['temporal_net.pos_embedding']
    elif kind == 'shape':
        tensors['temporal_net.pos_embedding'] = torch.zeros(1, 9, 32)
    elif kind == 'text':
        tensors['prompt_learner.token_suffix'] += 1e-3
    elif kind == 'end':
        table = tensors['clip_model_.token_embedding.weight']
        tensors['prompt_learner.token_suffix'][2] = table[7]
    elif kind == 'table':
        del tensors['clip_model_.token_embedding.weight']


@pytest.mark.parametrize('kind, message', [
    ('copy', 'clip_model_.ln_final.bias and text_encoder.ln_final.bias must be equal'),
    ('extra', 'no place for adapter.weight'),
    ('missing', 'nothing for neck.layers.positions.weight'),
    ('shape', r'neck.layers.positions.weight \(9, 32\) for \(17, 32\)'),
    ('text', 'embedded prompts are not rows of the token embedding'),
    ('end', 'hold one end token'), ('table', 'no clip_model_.token_embedding.weight')])
def test_what_does_not_fit_is_named(kind, message, tmp_path):
    tensors = small_tensors()
    change(tensors, kind)
    with pytest.raises(ValueError, match=rf'published.pth \(DFER-CLIP\): .*{message}'):
        convert(tensors, tmp_path, small_config())
    assert not (tmp_path / 'ours.pth').exists()


def test_what_contradicts_the_config_is_refused(converted, tmp_path):
    tensors, checkpoint, _ = converted
    with pytest.raises(ValueError, match='has 7 classes, but the config has 11: anger, disgust'):
        convert(tensors, tmp_path, small_config('mafw'))
    with pytest.raises(ValueError, match=r'the 7 classes do not tell .* --config \S*dfer_clip_dfew'
                                         r'.py or --config \S*dfer_clip_ferv39k.py'):
        convert(tensors, tmp_path, None)
    meta = checkpoint['meta']['converted']
    pipeline = 'test_dataloader.dataset.pipeline.'
    for options, message in (
            ({pipeline + 'sample.clip_len': 8}, '`SampleDynamic.clip_len` = 16, but .* has 8'),
            ({pipeline + 'split.size': 112}, '`FaceSceneSplit.size` = 224, but .* has 112'),
            ({'model.data_preprocessor.std': [1] * 3}, r'`preprocessor.std` = \[255, 255, 255\]'),
            ({'test_dataloader.dataset.crops': '16f'}, "`crops` = 'native', but .* has '16f'"),
            ({'test_dataloader.dataset.classes': ['Sad', 'Happy']}, 'in this order, but the conf')):
        with pytest.raises(ValueError, match=message):
            check_input(meta, small_config(**options))


def test_tools_refuse_another_input(converted, tmp_path, run_tool):
    _, checkpoint, _ = converted
    torch.save(checkpoint, tmp_path / 'ours.pth')
    config = small_config(**{'test_dataloader.dataset.pipeline.sample.short': 'first'})
    config.dump(tmp_path / 'dfer_clip_dfew.py')
    code, _ = run_tool('test.py', tmp_path / 'dfer_clip_dfew.py', tmp_path / 'ours.pth',
                       '--work-dir', tmp_path / 'work')
    assert code.startswith(f"error: {tmp_path / 'ours.pth'}: the DFER-CLIP weights were trained "
                           "with `SampleDynamic.short` = 'all', but the config has 'first'")


def test_converted_weights_run_on_a_video(tmp_path, run_tool):
    size = 'test_dataloader.dataset.pipeline.split.size'
    path = save(dfer_clip_line(small_tensors()), tmp_path / 'published.pth')
    config = ('--config', CONFIGS / 'dfer_clip' / 'dfer_clip_dfew.py', '--cfg-options',
              f'{size}=32', *(f'{key}={value}' for key, value in SMALL_OPTIONS.items()))
    code, output = run_tool('convert_checkpoint.py', path, '--out', tmp_path / 'ours.pth', *config)
    assert code == 0 and 'ours.pth: DFER-CLIP (MIT), ' in output
    code, output = run_tool('infer.py', CARPHONE, '--checkpoint', tmp_path / 'ours.pth', '--out',
                            'json', '--out-dir', tmp_path, '--device', 'cpu', *config)
    assert code == 0
    film = check_film(tmp_path / CARPHONE.name / 'result.json')
    assert film['frames'] == film['frames_with_faces'] == 120


def test_another_fold_is_refused(tmp_path, run_tool):
    path = save(dfer_clip_line(small_tensors()), tmp_path / 'published.pth')
    options = ['--cfg-options', *(f'{key}={value}' for key, value in SMALL_OPTIONS.items())]
    config = CONFIGS / 'dfer_clip' / 'dfer_clip_dfew.py'
    code, _ = run_tool('convert_checkpoint.py', path, '--out', tmp_path / 'ours.pth', '--config',
                       config, '--fold', 3, *options)
    assert code == 0
    code, _ = run_tool('test.py', config, tmp_path / 'ours.pth', '--fold', 2, '--work-dir',
                       tmp_path / 'work', *options)
    assert 'trained on fold 3, whose training clips include test clips of fold 2' in code
    for fold in (None, 3):
        read_for_config(str(tmp_path / 'ours.pth'), small_config(), fold)
    code, _ = run_tool('convert_checkpoint.py', path, '--out', tmp_path / 'ours.pth', '--config',
                       CONFIGS / 'dfer_clip' / 'dfer_clip_ferv39k.py', '--fold', 3, *options)
    assert 'fold 3 is given, but the dataset of the config has one split' in code


def test_planted_calls_are_not_executed(tmp_path):
    shapes = dfer_clip_shapes(7, **SMALL)
    check_forged(dfer_clip_line({name: torch.zeros(1) for name in shapes}), tmp_path,
                 ('recorder', 'array', 'scalar'))


def test_gradients_reach_what_is_trained():
    """The image tower, the net over the frames and the learned vectors, not the text tower."""
    model = MODELS.build(small_config().model)
    model.init_weights()
    model.train()
    losses = model(torch.rand(2, 1, 3, 16, 32, 32), [ActionDataSample().set_gt_label(label)
                                                     for label in (0, 3)], mode='loss')
    losses['loss_cls'].backward()
    reached = {name for name, p in model.named_parameters()
               if p.grad is not None and p.grad.abs().sum() > 0}
    expected = {name for name, _ in model.named_parameters() if 'prompts.tower' not in name}
    # The bias of the keys cancels in the softmax, but in_proj_bias also holds queries and values.
    assert reached == expected
    assert all(not p.requires_grad for p in model.cls_head.prompts.tower.parameters())


def test_training_starts_from_clip():
    """The rendered CLIP gives the towers and the embedded descriptions."""
    from ous_mmaction.models.frozen_clip import load_clip_model
    config = Config.fromfile(CONFIGS / 'dfer_clip' / 'dfer_clip_demo.py')
    model = MODELS.build(config.model)
    clip = load_clip_model('vit_demo', 'rendered')
    model.init_weights()
    images = torch.rand(2, 3, 64, 64)
    model.eval()
    with torch.no_grad():
        torch.testing.assert_close(model.backbone.frame(images)[..., 0, 0],
                                   clip.encode_frames(images)[0])
        prompts = model.cls_head.prompts
        rows = clip.embed_tokens(prompts.tokens)
        torch.testing.assert_close(prompts.start, rows[:, :1])
        torch.testing.assert_close(prompts.names, rows[:, 1:69])


@pytest.mark.full
def test_full_size_file_converts_and_computes_the_same(tmp_path):
    tensors = dfer_clip_tensors(dfer_clip_shapes(7))
    config = Config.fromfile(CONFIGS / 'dfer_clip' / 'dfer_clip_dfew.py')
    checkpoint = convert(tensors, tmp_path, config)
    model = MODELS.build(config.model).eval()
    load_state_dict(model, checkpoint['state_dict'], 'ours.pth')
    clip = torch.rand(1, 3, 3, 224, 224)
    state = {name: array(x) for name, x in tensors.items() if not name.startswith('clip_model_')}
    expected = reference(array(clip), state, 7, heads=(12, 8, 8), layers=(12, 12))
    with torch.no_grad():
        logits, _ = model.double().extract_feat(clip.double().transpose(1, 2)[None], stage='head')
    np.testing.assert_allclose(array(logits) / 100, expected / 100, rtol=0, atol=1e-6)
