"""Reading published files: what they hold beside tensors is named, and nothing of it runs."""
import hashlib
import sys

import numpy as np
import pytest
import torch

from ous_mmaction.checkpoints import StandIn, read_foreign
from ous_mmaction.checkpoints.foreign import ALLOWED
from ous_mmaction.converters import FAMILIES, convert_checkpoint, read_source

from ..running import ROOT
from .forged import PLACES, check_forged, dfer_clip_line, forge, save, video_mae_line

TENSORS = {'fc.weight': torch.randn(3, 2), 'fc.bias': torch.randn(3)}


@pytest.mark.parametrize('old_numpy', [True, False])
@pytest.mark.parametrize('content', [dfer_clip_line(TENSORS), video_mae_line(TENSORS), TENSORS,
                                     dict(state_dict=TENSORS, epoch=7)])
def test_all_layouts_are_read(content, old_numpy, tmp_path):
    path = save(content, tmp_path / 'file.pth', old_numpy)
    source = read_source(path)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.tensors.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        assert torch.equal(source.tensors[name], value)
    if 'epoch' in content:
        assert source.notes['epoch'] == content['epoch']


def test_plain_values_of_the_command_line_are_kept(tmp_path):
    content = video_mae_line(TENSORS, data_set='DFEW', model_ema=False, opt_betas=[1, 2],
                             device=torch.device('cpu'))
    del content['args'].device
    assert read_source(save(content, tmp_path / 'file.pth')).notes['args'] == dict(
        nb_classes=7, data_set='DFEW', model_ema=False)


def test_numpy_is_not_called(tmp_path):
    """An array and a scalar come back as what the file says of them, not as numpy's objects."""
    content = read_foreign(save(dfer_clip_line(TENSORS), tmp_path / 'file.pth'))
    assert isinstance(content['best_acc'], StandIn)
    losses = content['recorder'].state['epoch_losses']
    assert isinstance(losses, StandIn) and isinstance(losses.state[2], StandIn)


@pytest.mark.parametrize('line', [dfer_clip_line, video_mae_line, dict])
def test_planted_calls_are_not_executed(line, tmp_path):
    check_forged(line(TENSORS), tmp_path)


@pytest.mark.parametrize('place', [place for place in PLACES if place != 'allowed'])
def test_forged_files_are_live(place, tmp_path):
    """The plain reader executes each of them, so that the test above can fail."""
    from .forged import RecorderMeter, as_main
    marker, path = tmp_path / 'executed', tmp_path / 'file.pth'
    save(forge(dfer_clip_line(TENSORS), marker, place), path, old_numpy=False)
    with as_main(RecorderMeter):
        try:
            torch.load(path, weights_only=False)
        except Exception:  # numpy may complain after the call
            assert 'numpy' in sys.modules
    assert marker.exists()


def test_stand_ins_cover_the_allowed_names_and_nothing_else(tmp_path):
    from ous_mmaction.checkpoints.foreign import _STAND_INS
    assert [f'{x.__module__}.{x.__qualname__}' for x in _STAND_INS] == list(ALLOWED)
    before = set(torch.serialization.get_safe_globals())
    read_foreign(save(dfer_clip_line(TENSORS), tmp_path / 'file.pth'))
    assert set(torch.serialization.get_safe_globals()) == before
    path = tmp_path / 'file.pth'
    torch.save(dict(TENSORS, values=np.random.RandomState(0)), path)
    with pytest.raises(ValueError, match='file.pth: refused'):
        read_source(path)


def test_files_of_no_family_are_refused(tmp_path):
    path = save(dfer_clip_line(TENSORS), tmp_path / 'file.pth')
    with pytest.raises(ValueError, match=r'file.pth: the tensors \(fc.weight, fc.bias, ...\) are '
                                         f'of no known family. .*: {FAMILIES[0].name}'):
        convert_checkpoint(path, tmp_path / 'ours.pth', ROOT / 'configs')
    assert not (tmp_path / 'ours.pth').exists()
