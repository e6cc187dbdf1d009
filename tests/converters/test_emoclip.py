"""EmoCLIP: a file in the published layout computes here what the facts sheet writes out."""
import math

import numpy as np
import open_clip
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from PIL import Image

from ous_mmaction.apis import infer_video, init_model
from ous_mmaction.checkpoints import load_state_dict
from ous_mmaction.converters import convert_checkpoint, read_for_config
from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.datasets.transforms import SampleWrapped
from ous_mmaction.detection import DetectFaces
from ous_mmaction.models.losses import BatchInfoNCELoss

from ..models.reference import array, unit
from ..real_video import CARPHONE
from ..running import ROOT
from .forged import check_forged, save
from .layouts_clip import clip_shapes, random_tensors, temporal_shapes
from .reference_clip import clip_image, clip_text, temporal

CONFIGS = ROOT / 'configs'
NAME = 'vit_quick_test'
open_clip.add_model_config(ROOT / 'tests' / 'assets' / f'{NAME}.json')
SMALL = dict(width=48, text_width=64, layers=3, text_layers=2, size=32, patch=8, embed=32)
HALF = ('in_proj', 'out_proj', 'c_fc', 'c_proj', 'conv1', '.proj', 'text_projection')


def emoclip_shapes(inner=16384, mlp=512, **sizes):
    visual, text, table = clip_shapes(**sizes)
    shapes = {'logit_scale': (), 'backbone.logit_scale': ()}
    shapes.update({f'backbone.{name}': shape for name, shape in text.items()})
    shapes.update({f'backbone.visual.{name}': shape for name, shape in visual.items()})
    shapes['backbone.token_embedding.weight'] = table
    embed = text['text_projection'][1]
    return {**shapes, **temporal_shapes('temporal.', embed, inner, mlp, 2, 1024)}


def small_tensors():
    """Tensors with CLIP's linear layers in half precision, as on a GPU."""
    tensors = random_tensors(emoclip_shapes(inner=96, mlp=24, **SMALL))
    tensors['logit_scale'] = torch.tensor(4.2)
    return {name: x.half() if name.startswith('backbone.') and any(h in name for h in HALF) else x
            for name, x in tensors.items()}


def small_config(dataset='dfew', **options):
    config = Config.fromfile(CONFIGS / 'emoclip' / f'emoclip_{dataset}.py')
    clip_model = dict(name=NAME, pretrained=None)
    config.merge_from_dict({
        'model.backbone.frame.clip_model': clip_model, 'model.cls_head.clip_model': clip_model,
        'model.cls_head.in_channels': 32, 'model.neck.in_channels': 32, 'model.neck.num_heads': 8,
        'model.neck.head_channels': 12, 'model.neck.mlp_channels': 24, **options})
    return config


def content(tensors):
    """The file: a bare dict of tensors."""
    return {f'module.{name}': x for name, x in tensors.items()}


def reference(clips, state, texts):
    frames = clip_image(clips.reshape(-1, *clips.shape[2:]), state, 'backbone.visual.', 3, 3)
    video = temporal(frames.reshape(*clips.shape[:2], -1), state, 'temporal.', 8, 2)
    tokens = open_clip.SimpleTokenizer()(texts)
    embedded = state['backbone.token_embedding.weight'][tokens.numpy()]
    text = clip_text(embedded, tokens.argmax(1).numpy(), state, 'backbone.', 4, 2)
    return np.exp(state['logit_scale']) * unit(video) @ unit(text).T


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    folder, tensors, config = tmp_path_factory.mktemp('emoclip'), small_tensors(), small_config()
    checkpoint = convert_checkpoint(save(content(tensors), folder / 'published.pth'),
                                    folder / 'ours.pth', CONFIGS, config)
    model = MODELS.build(config.model).eval()
    load_state_dict(model, read_for_config(str(folder / 'ours.pth'), config)['state_dict'],
                    'ours.pth')
    return tensors, checkpoint, model


def test_layout_is_that_of_the_sheet():
    shapes = emoclip_shapes()
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (327, 219_966_722)


@pytest.mark.parametrize('frames', [32, 5])
@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-7), (torch.float32, 1e-5)])
def test_logits_are_those_of_the_sheet(converted, dtype, tolerance, frames):
    """Two views of two clips. The tokens come from open_clip's tokenizer, not from the model."""
    tensors, _, model = converted
    head = small_config().model.cls_head
    texts = [head.descriptions[name] for name in head.class_names]
    clips = torch.randn(4, frames, 3, 32, 32)
    expected = reference(array(clips), {name: array(x) for name, x in tensors.items()}, texts)
    assert np.ptp(expected, axis=0).max() > 0.1  # the clips differ
    try:
        model.to(dtype)
        with torch.no_grad():
            logits, _ = model.extract_feat(
                clips.to(dtype).unflatten(0, (2, 2)).transpose(2, 3).contiguous(), stage='head')
    finally:
        model.float()
    scale = math.exp(4.2)
    np.testing.assert_allclose(array(logits) / scale, expected / scale, rtol=0, atol=tolerance)


def test_every_tensor_of_the_file_is_used(converted):
    tensors, checkpoint, model = converted
    state, meta = checkpoint['state_dict'], checkpoint['meta']['converted']
    assert state.keys() == model.state_dict().keys()
    values = {x.double().sum().item() for x in state.values()}
    unused = [name for name, x in tensors.items() if x.double().sum().item() not in values]
    assert unused == ['backbone.logit_scale', 'backbone.token_embedding.weight']
    assert (meta['family'], meta['dataset'], meta['license']) == ('EmoCLIP', 'DFEW', 'Apache-2.0')
    assert meta['input']['SampleWrapped'] == dict(clip_len=32, stride=4, test_mode=True)


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


def test_what_does_not_fit_is_named(converted, tmp_path):
    tensors, _, _ = converted
    path = save(content(tensors), tmp_path / 'published.pth')
    with pytest.raises(ValueError, match=r'the tensors do not tell which .* --config \S*_dfew.py '
                                         r'or --config \S*ferv39k.py or --config \S*mafw.py'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS)


def test_a_file_without_the_text_tower_takes_clips(tmp_path):
    """DownstreamTask without its classifier: the same model, with the scale of CLIP."""
    tensors = small_tensors()
    clip = {name[9:]: x.float() for name, x in tensors.items() if name.startswith('backbone.')}
    torch.save(clip, tmp_path / 'clip.pt')
    visual = {name.replace('backbone.visual.', 'backbone.'): x for name, x in tensors.items()
              if name.startswith(('backbone.visual.', 'temporal.'))}
    path = save(content(visual), tmp_path / 'downstream.pth')
    with pytest.raises(ValueError, match='without the text tower .DownstreamTask.'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, small_config())
    config = small_config(**{'model.cls_head.clip_model.pretrained': str(tmp_path / 'clip.pt')})
    ours = convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, config)['state_dict']
    complete = convert_checkpoint(save(content(tensors), tmp_path / 'complete.pth'),
                                  tmp_path / 'other.pth', CONFIGS, small_config())['state_dict']
    assert ours.keys() == complete.keys()
    for name, value in complete.items():
        expected = clip['logit_scale'] if name == 'cls_head.log_scale' else value
        assert torch.equal(ours[name], expected), name
    visual['mlp.0.weight'] = torch.zeros(4, 32)
    path = save(content(visual), tmp_path / 'classifier.pth')
    with pytest.raises(ValueError, match='no place for mlp.0.weight'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, config)


def test_layout_without_the_text_tower_is_that_of_the_sheet():
    shapes = {name: shape for name, shape in emoclip_shapes().items()
              if name.startswith(('backbone.visual.', 'temporal.'))}
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (176, 156_538_624)


def test_planted_calls_are_not_executed(tmp_path):
    tensors = {name: torch.zeros(1) for name in emoclip_shapes()}
    check_forged(content(tensors), tmp_path, ('top', 'array', 'namespace'))


def test_gradients_reach_the_net_over_the_frames_and_the_scale():
    model = MODELS.build(small_config().model)
    model.init_weights()
    model.train()
    losses = model(torch.rand(2, 1, 3, 6, 32, 32), [ActionDataSample().set_gt_label(label)
                                                    for label in (0, 3)], mode='loss')
    losses['loss_cls'].backward()
    reached = {name for name, p in model.named_parameters()
               if p.grad is not None and p.grad.abs().sum() > 0}
    assert reached == {name for name, _ in model.named_parameters()
                       if name.startswith('neck.') or name == 'cls_head.log_scale'}


@pytest.mark.full
def test_full_size_file_converts(tmp_path):
    path = save(content(random_tensors(emoclip_shapes())), tmp_path / 'published.pth')
    config = Config.fromfile(CONFIGS / 'emoclip' / 'emoclip_mafw.py')
    checkpoint = convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, config)
    assert sum(x.numel() for name, x in checkpoint['state_dict'].items() if not name.endswith(
        ('utf8', 'tokens', '.start', '.names'))) == 219_966_722 - 49408 * 512 - 1


def test_batch_loss_is_the_sheets():
    """Symmetric cross-entropy of clips against the texts of the batch, with identity targets."""
    scores, labels = torch.randn(4, 7, dtype=torch.float64), torch.tensor([2, 0, 2, 5])
    pairs = array(scores)[:, labels.numpy()]
    rows = [math.log(sum(math.exp(v) for v in pairs[i])) - pairs[i, i] for i in range(4)]
    columns = [math.log(sum(math.exp(v) for v in pairs[:, i])) - pairs[i, i] for i in range(4)]
    expected = (sum(rows) + sum(columns)) / 8
    assert float(BatchInfoNCELoss()(scores, labels)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('total, expected', [
    (200, range(0, 128, 4)), (128, range(0, 128, 4)),
    (12, [0, 4, 8, 4] * 8), (3, [0] * 32)])
def test_frames_start_at_the_first(total, expected):
    results = SampleWrapped(test_mode=True).transform(dict(total_frames=total))
    assert results['frame_inds'].tolist() == list(expected) and results['mask'].all()


def test_training_wraps_around():
    starts = set()
    np.random.seed(0)
    for _ in range(200):
        frames = SampleWrapped(clip_len=8, stride=4).transform(dict(total_frames=40))['frame_inds']
        assert ((np.diff(frames) == 4) | (np.diff(frames) == -36)).all()
        starts.add(frames[0])
    assert starts == set(range(0, 40, 4))


@pytest.mark.parametrize('size', [(181, 243), (320, 177), (97, 97)])
def test_pixels_are_resized_as_floats(size, tmp_path):
    """Normalized first, then bicubic without antialiasing, then the center: torch's own kernel."""
    folder = tmp_path / 'frames'
    folder.mkdir()
    small = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize(size, Image.NEAREST)
    image.save(folder / '1.png')
    config = Config.fromfile(CONFIGS / 'emoclip' / 'emoclip_dfew.py')
    packed = Compose(pipeline_steps(config.test_dataloader.dataset.pipeline))(
        dict(clip_id='1', total_frames=1, label=0, frame_dir=str(folder)))
    preprocess = MODELS.build(config.model.data_preprocessor)
    ours = preprocess(dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']]))
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
    frame = (torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255. - mean) / std
    width, height = size
    short = min(size)
    shape = int(224 * height / short), int(224 * width / short)
    frame = F.interpolate(frame[None], shape, mode='bicubic', align_corners=False)
    top, left = round((shape[0] - 224) / 2), round((shape[1] - 224) / 2)
    expected = frame[0, :, top:top + 224, left:left + 224]
    torch.testing.assert_close(ours['inputs'][0, 0, :, 0], expected, rtol=0, atol=2e-5)
