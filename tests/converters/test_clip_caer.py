"""CLIP-CAER: a file in the published layout computes here what the facts sheet writes out."""
import math

import cv2
import numpy as np
import open_clip
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from PIL import Image

from ous_mmaction.apis import infer_video, init_model
from ous_mmaction.checkpoints import load_state_dict
from ous_mmaction.converters import convert_checkpoint, read_for_config
from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.datasets.face_boxes import FaceBoxes
from ous_mmaction.detection import DetectFaces

from ..models.reference import array, unit
from ..real_video import CARPHONE
from ..running import ROOT
from .forged import RecorderMeter, check_forged, save
from .layouts_clip import (
    TEXTS,
    dfer_clip_shapes,
    dfer_clip_tensors,
    random_tensors,
    temporal_shapes,
    token_ids,
)
from .reference_clip import clip_image, clip_text, linear, temporal

CONFIGS = ROOT / 'configs'
CONFIG = CONFIGS / 'clip_caer' / 'clip_caer_raer.py'
NAME = 'vit_quick_test'
open_clip.add_model_config(ROOT / 'tests' / 'assets' / f'{NAME}.json')
SMALL = dict(width=48, text_width=64, layers=3, text_layers=2, size=32, patch=8, embed=32)
TEMPORAL = dict(inner=32, mlp=40)


def extra_shapes(embed=512, temporal_=None):
    """What a file holds beyond DFER-CLIP's."""
    return {**temporal_shapes('temporal_net_body.', embed, **(temporal_ or {})),
            'project_fc.weight': (embed, 2 * embed), 'project_fc.bias': (embed,)}


def small_tensors():
    tensors = dfer_clip_tensors(dfer_clip_shapes(5, temporal=TEMPORAL, **SMALL), 5)
    return {**tensors, **random_tensors(extra_shapes(32, TEMPORAL), seed=1)}


def small_config(**options):
    config = Config.fromfile(CONFIG)
    clip_model = dict(name=NAME, pretrained=None)
    config.merge_from_dict({
        'model.backbone.frame.clip_model': clip_model, 'model.cls_head.clip_model': clip_model,
        'model.cls_head.in_channels': 64, 'model.neck.in_channels': 32, 'model.neck.num_heads': 4,
        'model.neck.head_channels': 8, 'model.neck.mlp_channels': 40, **options})
    return config


def content(tensors):
    """The file: no prefix, and a best accuracy of numpy."""
    return dict(epoch=12, state_dict=dict(tensors), best_acc=np.float64(68.),
                recorder=RecorderMeter())


def reference(face, scene, state):
    """Logits of two streams (B, T, 3, S, S)."""
    streams = []
    for frames, net in ((face, 'temporal_net.'), (scene, 'temporal_net_body.')):
        x = clip_image(frames.reshape(-1, *frames.shape[2:]), state, 'image_encoder.', 3, 3)
        streams.append(temporal(x.reshape(*frames.shape[:2], -1), state, net, 4, 1))
    video = linear(np.concatenate(streams, -1), state, 'project_fc')
    prompts = np.concatenate([state['prompt_learner.token_prefix'], state['prompt_learner.ctx'],
                              state['prompt_learner.token_suffix']], 1)
    text = clip_text(prompts, token_ids(5, 8).argmax(1).numpy(), state, 'text_encoder.', 4, 2)
    return unit(video) @ unit(text).T / 0.01


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    folder, tensors, config = tmp_path_factory.mktemp('clip_caer'), small_tensors(), small_config()
    checkpoint = convert_checkpoint(save(content(tensors), folder / 'published.pth'),
                                    folder / 'ours.pth', CONFIGS, config)
    model = MODELS.build(config.model).eval()
    load_state_dict(model, read_for_config(str(folder / 'ours.pth'), config)['state_dict'],
                    'ours.pth')
    return tensors, checkpoint, model


def test_layout_is_that_of_the_sheet():
    shapes = {**dfer_clip_shapes(5), **extra_shapes()}
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (633, 282_200_577)


@pytest.mark.parametrize('frames', [16, 5])
@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-8), (torch.float32, 1e-5)])
def test_logits_are_those_of_the_sheet(converted, dtype, tolerance, frames):
    tensors, _, model = converted
    face, scene = torch.rand(2, 3, frames, 3, 32, 32)
    expected = reference(array(face), array(scene),
                         {name: array(x) for name, x in tensors.items()})
    assert np.ptp(expected, axis=0).max() > 0.1  # the clips differ
    try:
        model.to(dtype)
        with torch.no_grad():
            logits, _ = model.extract_feat(
                dict(face=face.to(dtype), scene=scene.to(dtype)), stage='head')
    finally:
        model.float()
    np.testing.assert_allclose(array(logits) / 100, expected / 100, rtol=0, atol=tolerance)


def test_every_tensor_of_the_file_is_used(converted):
    tensors, checkpoint, model = converted
    state, meta = checkpoint['state_dict'], checkpoint['meta']['converted']
    assert state.keys() == model.state_dict().keys()
    distinct = sum(x.numel() for name, x in tensors.items() if not name.startswith('clip_model_'))
    stamps = state['cls_head.class_names_utf8'].numel() + state['cls_head.prompts.tokens'].numel()
    assert sum(x.numel() for x in state.values()) == distinct + stamps
    assert (meta['family'], meta['dataset']) == ('CLIP-CAER', 'RAER')
    assert meta['descriptions'] == list(TEXTS[:5])
    assert meta['class_names'] == ['Neutrality', 'Enjoyment', 'Confusion', 'Fatigue', 'Distraction']
    assert meta['input']['FaceSceneSplit'] == dict(
        size=224, border=20, scene='letterbox', interpolation='bilinear')


def test_converted_weights_run_on_a_video(tmp_path):
    config = small_config(**{'test_dataloader.dataset.pipeline.split.size': 32,
                             'test_dataloader.dataset.pipeline.sample.clip_len': 4})
    path = save(content(small_tensors()), tmp_path / 'published.pth')
    convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, config)
    model = init_model(config, tmp_path / 'ours.pth')
    seen = infer_video(model, CARPHONE, DetectFaces(CONFIGS / 'detectors' / 'mtcnn.py'))
    assert list(seen.probabilities) == model.cls_head.class_names
    assert seen.face_found and seen.face.shape == (4, 32, 32, 3)
    assert seen.face.dtype == np.uint8 and sum(seen.probabilities.values()) == pytest.approx(1)


def test_what_does_not_fit_is_named(tmp_path):
    tensors = small_tensors()
    del tensors['project_fc.bias']
    path = save(content(tensors), tmp_path / 'published.pth')
    with pytest.raises(ValueError, match=r'\(CLIP-CAER\): .*nothing for cls_head.project.bias'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, small_config())


def test_planted_calls_are_not_executed(tmp_path):
    names = {**dfer_clip_shapes(5), **extra_shapes()}
    check_forged(content({name: torch.zeros(1) for name in names}), tmp_path,
                 ('recorder', 'scalar', 'allowed'))


def test_gradients_reach_what_is_trained():
    model = MODELS.build(small_config().model)
    model.init_weights()
    model.train()
    streams = dict(face=torch.rand(2, 6, 3, 32, 32), scene=torch.rand(2, 6, 3, 32, 32))
    losses = model(streams, [ActionDataSample().set_gt_label(label) for label in (0, 3)],
                   mode='loss')
    losses['loss_cls'].backward()
    reached = {name for name, p in model.named_parameters()
               if p.grad is not None and p.grad.abs().sum() > 0}
    assert reached == {name for name, _ in model.named_parameters() if 'prompts.tower' not in name}


@pytest.mark.full
def test_full_size_file_converts(tmp_path):
    tensors = {**dfer_clip_tensors(dfer_clip_shapes(5), 5), **random_tensors(extra_shapes())}
    checkpoint = convert_checkpoint(save(content(tensors), tmp_path / 'published.pth'),
                                    tmp_path / 'ours.pth', CONFIGS)
    assert sum(x.numel() for name, x in checkpoint['state_dict'].items()
               if not name.endswith(('utf8', 'tokens'))) == 156_220_161 - 49408 * 512 - 1


@pytest.mark.parametrize('size, box', [((181, 243), (90, 100, 130, 160)),
                                       ((320, 177), (5, 6, 60, 71)), ((97, 97), None)])
def test_pixels_of_both_streams(size, box, tmp_path):
    """The face as PIL stretches it, within a gray level; the scene as OpenCV letterboxes it."""
    (width, height), folder = size, tmp_path / 'frames'
    folder.mkdir()
    small = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize(size, Image.BICUBIC)
    for k in range(3):
        image.save(folder / f'{k}.png')
    boxes = (FaceBoxes.whole_frame('1', (height, width), 3) if box is None else
             FaceBoxes('1', (height, width), np.float32([box] * 3), [True] * 3, 1))
    steps = pipeline_steps(Config.fromfile(CONFIG).test_dataloader.dataset.pipeline)
    inputs = Compose(steps)(dict(clip_id='1', total_frames=3, label=0, frame_dir=str(folder),
                                 clip_boxes=boxes))['inputs']
    assert inputs['mask'].tolist() == [True] * 3 + [False] * 13
    if box is not None:
        left, top, right, bottom = box
        image_face = image.crop((max(0, left - 20), max(0, top - 20), min(width, right + 20),
                                 min(height, bottom + 20)))
    else:
        image_face = image
    face = np.asarray(image_face.resize((224, 224), Image.BILINEAR)).astype(int)
    ratio = min(224 / width, 224 / height)
    inner = cv2.resize(np.asarray(image), (int(width * ratio), int(height * ratio)))
    across, down = 224 - inner.shape[1], 224 - inner.shape[0]
    scene = np.pad(inner, ((down // 2, down - down // 2), (across // 2, across - across // 2),
                           (0, 0)))
    assert np.abs(inputs['face'][0].permute(1, 2, 0).numpy() - face).max() <= 1
    np.testing.assert_array_equal(inputs['scene'][15].permute(1, 2, 0).numpy(), scene)


def test_streams_are_augmented_separately():
    config = Config.fromfile(CONFIG).train_dataloader.dataset.pipeline
    steps, images = Compose([config.rotate, config.flip]), torch.zeros(2, 3, 64, 64)
    images[..., 20:40, 5:25] = 200
    images, differ = images.byte(), 0
    np.random.seed(0)
    for _ in range(20):
        both = steps(dict(face=images.clone(), scene=images.clone()))
        assert torch.equal(both['face'][0], both['face'][1])  # one draw per clip
        differ += not torch.equal(both['face'], both['scene'])
    assert differ > 15
