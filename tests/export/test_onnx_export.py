"""The ONNX file gives what the model gives, on sizes that the export has not seen."""
import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from ous_mmaction.apis import init_model
from ous_mmaction.export import export_onnx

from ..docs.test_pages import code_blocks, text_of
from ..running import ROOT

CONFIGS = ROOT / 'configs'
DEMOS = {path.stem[:-len('_demo')]: path for path in sorted(CONFIGS.rglob('*_demo.py'))
         if path.parent.name != 'detectors'}
SHORTER = {'ous': {'model.cls_head.mcfe.num_blocks': 2}}
FAST = ('ous', 'resnet18_lstm', 'r3d18')
# Their layers or position tables are of one length.
ONE_LENGTH = {'aen_2d', 'c3d', 'p3d63', 'two_c3d', 'fru_adapter', 'mae_dfer', 's2d', 'svfap'}
# Nothing but numpy, onnxruntime and the standard library can be imported after this.
BLOCKED = '''
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {'torch', 'torchvision', 'mmengine', 'mmcv', 'mmaction', 'mmdet',
                                  'open_clip', 'timm', 'onnx', 'onnxscript', 'ous_mmaction'}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
'''


def saved_model(name, folder):
    """The config of a demo, a checkpoint of its model with random weights, and its overrides."""
    config = Config.fromfile(DEMOS[name])
    options = SHORTER.get(name, {})
    config.merge_from_dict(options)
    torch.manual_seed(0)
    checkpoint = folder / f'{name}.pth'
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict(), meta={}), checkpoint)
    return config, checkpoint, [f'{key}={value}' for key, value in options.items()]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('onnx')


@pytest.fixture(scope='module')
def done():
    return {}


@pytest.fixture
def export(folder, run_tool, done):
    """Export a demo by the tool, once: the model, its config, the file, and what was printed."""

    def run(name):
        if name not in done:
            config, checkpoint, options = saved_model(name, folder)
            out = folder / f'{name}.onnx'
            code, printed = run_tool('export.py', DEMOS[name], checkpoint, '--out', out,
                                     *(['--cfg-options', *options] if options else []))
            assert code == 0
            done[name] = init_model(config, checkpoint), config, out, printed
        return done[name]

    return run


def run_onnx(path, inputs, output='logits'):
    session = onnxruntime.InferenceSession(str(path))
    return session.run([output], inputs)[0]


def clips_of(sample):
    """The clips of a sample of the dataset as the file reads them, one row per view."""
    inputs = sample['inputs']
    if isinstance(inputs, dict):
        clips = {('frames' if name == 'imgs' else name): value[None].numpy()
                 for name, value in inputs.items()}
    else:  # (T, 3, S, S) or (views, 3, T, S, S)
        frames = inputs[None] if inputs.dim() == 4 else inputs.transpose(1, 2)
        clips = dict(frames=frames.numpy())
    return clips


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=[] if name in FAST else pytest.mark.full) for name in DEMOS])
def test_file_scores_clips_of_the_dataset_as_the_model(name, export, rendered):
    model, config, out, printed = export(name)
    assert str(out) in printed and 'Happy' in printed
    data = config.test_dataloader.dataset
    data.data_root = str(rendered)
    dataset = DATASETS.build(data)
    session = onnxruntime.InferenceSession(str(out))
    about = session.get_modelmeta().custom_metadata_map
    read = {value.name for value in session.get_inputs()}
    samples = [dataset[index] for index in (0, 3, 5)]
    with torch.no_grad():
        logits = model.extract_feat(
            model.data_preprocessor(pseudo_collate(samples), False)['inputs'], stage='head')[0]
        predictions = model.test_step(pseudo_collate(samples))
    clips = [clips_of(sample) for sample in samples]
    joined = {key: np.concatenate([clip[key] for clip in clips]) for key in read}
    found, probabilities = session.run(['logits', 'probabilities'], joined)
    assert logits.std() > 1e-3
    difference = np.abs(found - logits.numpy()).max()
    print(name, f'{difference:.1e}', about['any_length'])
    assert difference < 1e-4
    expected = np.stack([prediction.pred_score.numpy() for prediction in predictions])
    averaged = probabilities.reshape(len(samples), int(about['views']), -1).mean(1)
    np.testing.assert_allclose(averaged, expected, atol=1e-5)
    assert json.loads(about['classes']) == config.test_dataloader.dataset.classes
    assert (about['any_length'] == 'false') == (name in ONE_LENGTH)


def test_batch_time_and_padding_are_free(export):
    model, _, path, printed = export('ous')
    for shape in ('face (batch, time, 3, 64, 64)', 'mask (batch, time)'):
        assert shape in printed
    rng = np.random.default_rng(1)
    for batch, time, valid in ((1, 1, 1), (4, 3, 2), (2, 8, 5)):
        face, scene = rng.integers(0, 256, (2, batch, time, 3, 64, 64), np.uint8)
        mask = np.arange(time) < np.r_[time, [valid] * (batch - 1)][:, None]
        inputs = dict(face=face, scene=scene, mask=mask)
        data = model.data_preprocessor(dict(inputs={key: torch.from_numpy(value) for key, value
                                                    in inputs.items()}))
        with torch.no_grad():
            expected = model.extract_feat(data['inputs'], stage='head')[0]
        np.testing.assert_allclose(run_onnx(path, inputs), expected, atol=1e-4)
    # The position table has 8 rows: a longer clip is an error, not a wrong answer.
    frames = np.zeros((1, 9, 3, 64, 64), np.uint8)
    with pytest.raises(Exception, match='Add|broadcast'):
        run_onnx(path, dict(face=frames, scene=frames, mask=np.ones((1, 9), bool)))


def test_the_page_runs_without_torch(export):
    model, _, path, _ = export('ous')
    [block] = [block for block in code_blocks(text_of('docs/export.md'))
               if 'InferenceSession' in block]
    printed = subprocess.run(
        [sys.executable, '-I', '-c', BLOCKED + block + '\nassert "torch" not in sys.modules'],
        cwd=path.parent, capture_output=True, text=True, check=True).stdout
    scope = dict(np=np)
    draw = block[block.index('rng ='):block.index('[probabilities]')]
    exec(draw, scope | dict(length=8, size=64), scope)
    data = model.data_preprocessor(dict(inputs={
        key: torch.from_numpy(value) for key, value in scope['clips'].items()}))
    with torch.no_grad():
        expected = model.extract_feat(data['inputs'], stage='head')[0].softmax(1)
    lines = [f'{model.cls_head.class_names[row.argmax()]} {row.max():.3f}' for row in expected]
    assert printed.splitlines() == lines


def test_file_names_no_folder_and_folds_the_text_tower(export):
    model, _, path, _ = export('ous')
    content = path.read_bytes()
    assert str(ROOT).encode() not in content and b'site-packages' not in content
    clip_model = model.backbone.clip_model.model
    whole = sum(p.numel() for p in (*model.parameters(), *clip_model.parameters()))
    text = sum(p.numel() for name, p in clip_model.named_parameters()
               if not name.startswith('visual.'))
    assert len(content) < 4 * (whole - text) + 1e6 < 4 * whole
    assert torch.backends.mha.get_fastpath_enabled()  # as it was


@pytest.mark.full  # the exporter tries three ways before it gives up
@pytest.mark.parametrize('hook, message', [
    (lambda module, args, out: out if out.sum() > 0 else -out, 'cannot translate this model'),
    (lambda module, args, out: out + torch.rand_like(out), 'differ by')])
def test_what_cannot_be_exported_is_named_and_leaves_no_file(folder, tmp_path, capfd, hook,
                                                             message):
    """A branch on values cannot be translated; a random layer can, but its scores differ."""
    config, checkpoint, _ = saved_model('resnet18_lstm', folder)
    model = init_model(config, checkpoint)
    model.cls_head.register_forward_hook(hook)
    with pytest.raises(ValueError, match=message) as error:
        export_onnx(model, tmp_path / 'model.onnx')
    assert '\n' not in str(error.value) and 'def forward' not in ''.join(capfd.readouterr())
    assert list(tmp_path.iterdir()) == []


def test_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match=r"onnxruntime.*pip install 'ous_mmaction\[export\]'"):
        export_onnx(None, tmp_path / 'model.onnx')


def test_other_preprocessors_are_refused(folder, tmp_path):
    config, checkpoint, _ = saved_model('resnet18_lstm', folder)
    config.model.data_preprocessor.to_rgb = True
    with pytest.raises(ValueError, match='data_preprocessor.*to_rgb'):
        export_onnx(init_model(config, checkpoint), tmp_path / 'model.onnx')
    assert list(tmp_path.iterdir()) == []
