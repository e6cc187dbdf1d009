import pytest
from torch.utils.data import DataLoader

from ous_mmaction import command_line


class Broken:
    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise ValueError('clip.mp4: cannot be read; fetch it again')


@pytest.mark.parametrize('error, line', [
    (ValueError('a.json: key `x`\n  is wrong'), 'error: a.json: key `x` is wrong'),
    (FileNotFoundError('b.mp4: missing'), 'error: b.mp4: missing'),
    (KeyError('no such thing'), 'error: no such thing')])
def test_errors_of_the_user_are_one_line(error, line):
    def main():
        raise error
    with pytest.raises(SystemExit) as stop:
        command_line.run(main)
    assert stop.value.code == line


def test_error_in_a_worker_is_the_same_line():
    with pytest.raises(SystemExit) as stop:
        command_line.run(lambda: list(DataLoader(Broken(), num_workers=1)))
    assert stop.value.code == 'error: clip.mp4: cannot be read; fetch it again'


def test_programming_errors_keep_their_traceback():
    with pytest.raises(TypeError):
        command_line.run(lambda: None + 1)
