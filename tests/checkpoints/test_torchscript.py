"""A TorchScript archive, as OpenAI hands out CLIP: its tensors are read and nothing of it runs."""
import os
import pickle
import re
import shutil
import zipfile

import open_clip
import pytest
import torch
from open_clip.factory import load_state_dict
from torch import nn

from ous_mmaction.checkpoints import is_torchscript, read_foreign, read_torchscript
from ous_mmaction.checkpoints.safe_loading import load_from_local
from ous_mmaction.models.frozen_clip import load_clip_model


class Part(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.attn_mask = torch.full((2, 2), -1.)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight


class Layouts(nn.Module):
    """Tensors of several types that share a storage, are not contiguous, or are empty."""

    def __init__(self):
        super().__init__()
        table = torch.randn(6, 8).half()
        self.turned = Part(table.t())
        self.part = Part(table[1:4, 2:])
        self.register_buffer('steps', torch.arange(12, dtype=torch.int16)[::3])
        self.register_buffer('nothing', torch.empty(0, 3))
        self.register_buffer('flag', torch.tensor(True))
        self.scale = nn.Parameter(torch.tensor(4.5, dtype=torch.float64))
        self.names = ['a', 'b']

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.turned(x)


def test_tensors_of_every_layout_are_read_exactly(tmp_path):
    module = Layouts()
    path = tmp_path / 'layouts.pt'
    torch.jit.save(torch.jit.script(module), path)
    expected = torch.jit.load(path).state_dict()
    tensors = read_torchscript(path)
    assert set(tensors) == {*expected, 'turned.attn_mask', 'part.attn_mask'}
    for name, value in expected.items():
        assert tensors[name].dtype == value.dtype and tensors[name].stride() == value.stride()
        assert torch.equal(tensors[name], value) and torch.equal(value, module.state_dict()[name])
    assert (tensors['turned.weight'].untyped_storage().data_ptr()
            == tensors['part.weight'].untyped_storage().data_ptr())
    assert is_torchscript(path)
    assert set(load_from_local(str(path))) == set(read_foreign(path)) == set(tensors)


def plant(path, marker):
    """Let every reader that obeys `data.pkl` or compiles `code/` touch a file.

    The call comes before everything else: GLOBAL os.system, the command, REDUCE, POP.
    """
    planted = path.with_name('planted.pt')
    command = pickle.dumps(f'touch {marker}', protocol=0).rstrip(b'.')
    command = re.sub(rb'p\d+\n', b'', command)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(planted, 'w') as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith('/data.pkl'):
                data = data[:2] + b'cos\nsystem\n(' + command + b'tR0' + data[2:]
            if name.endswith('.py'):
                data = b'this is no program, and a compiler would say so\n'
            target.writestr(name, data)
    return planted


def test_a_planted_call_is_not_run_and_the_tensors_are_read(tmp_path):
    path, marker = tmp_path / 'layouts.pt', tmp_path / 'marker'
    torch.jit.save(torch.jit.script(Layouts()), path)
    planted = plant(path, marker)
    expected = read_torchscript(path)
    for read in (read_torchscript, read_foreign, lambda file: load_from_local(str(file))):
        tensors = read(planted)
        assert set(tensors) == set(expected) and not marker.exists()
        assert all(torch.equal(tensors[name], value) for name, value in expected.items())

    class Obeys(pickle.Unpickler):
        def persistent_load(self, pid):
            return None

    with zipfile.ZipFile(planted) as archive, pytest.raises(Exception):  # noqa: B017
        Obeys(archive.open('layouts/data.pkl')).load()
    assert marker.exists()  # the call would have run


@pytest.mark.parametrize('tail, says', [
    (b'cos\nsystem\n}b.', 'type has no state'),  # fills a class in place of an object
    (b'ctorch._utils\n_rebuild_tensor_v2\n}b.', 'function has no state'),
    (b'Vstorage\nVx\nV0\n\x87Q.', 'unknown storage'),
    (b']q\x00h\x00a.', "'list' object has no attribute 'state'")])
def test_other_tricks_are_refused_in_one_line(tmp_path, tail, says):
    path = tmp_path / 'trick.pt'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('trick/constants.pkl', b'')
        archive.writestr('trick/data.pkl', b'\x80\x02' + tail)
    with pytest.raises(ValueError, match='trick.pt: the file cannot be read as a') as info:
        load_from_local(str(path))
    assert '\n' not in str(info.value)
    with pytest.raises(Exception, match=says):
        read_torchscript(path)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path):
    path, cut = tmp_path / 'layouts.pt', tmp_path / 'cut.pt'
    torch.jit.save(torch.jit.script(Layouts()), path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(cut, 'w') as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[:len(data) // 2] if '/data/' in name else data)
    with pytest.raises(ValueError, match='cut.pt: the file cannot be read as a checkpoint'):
        load_from_local(str(cut))


class OpenAI(nn.Module):
    """A CLIP model of open_clip in OpenAI's form: fp16, with notes as buffers."""

    def __init__(self, model):
        super().__init__()
        for name, part in model.named_children():
            self.add_module(name, Tree(part))
        for name, value in model.named_parameters(recurse=False):
            setattr(self, name, nn.Parameter(value.detach().half(), requires_grad=False))
        for name, note in dict(input_resolution=32, context_length=77, vocab_size=49408).items():
            self.register_buffer(name, torch.tensor(note))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Tree(nn.Module):
    """The parameters of a module under their names."""

    def __init__(self, module):
        super().__init__()
        self.attn_mask = torch.zeros(1)
        for name, value in module.named_parameters(recurse=False):
            setattr(self, name, nn.Parameter(value.detach().half(), requires_grad=False))
        for name, part in module.named_children():
            self.add_module(name, Tree(part))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.fixture(scope='module')
def openai(tmp_path_factory):
    """The archive, and the model that it holds."""
    torch.manual_seed(7)
    model = open_clip.create_model('vit_test')
    path = tmp_path_factory.mktemp('openai') / 'ViT-test.pt'
    torch.jit.save(torch.jit.script(OpenAI(model)), path)
    return path, model


def test_openai_s_archive_is_the_clip_that_open_clip_reads(openai, tmp_path):
    """open_clip compiles the archive, where it is allowed to: the state dicts are the same."""
    path, model = openai
    planted = plant(path, tmp_path / 'marker')
    clip = load_clip_model('vit_test', str(planted))
    assert not (tmp_path / 'marker').exists()
    read = load_state_dict(str(path), weights_only=False)
    read = {name: value for name, value in read.items() if not name.endswith('attn_mask')}
    expected = open_clip.create_model('vit_test')
    expected.load_state_dict(read)
    for name, value in expected.state_dict().items():
        assert torch.equal(clip.model.state_dict()[name], value), name
        assert torch.equal(value, model.state_dict()[name].half().float()), name


def test_an_archive_of_another_model_is_named(openai, tmp_path):
    path = shutil.copy(openai[0], tmp_path / 'other.pt')
    with pytest.raises(ValueError, match="other.pt: the file does not hold weights of open_clip's "
                                         "'vit_demo'.*`clip_model`"):
        load_clip_model('vit_demo', os.fspath(path))
