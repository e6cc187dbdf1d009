"""Files in the layouts of published checkpoints, and the same files with planted calls."""
import argparse
import contextlib
import os
import sys
import zipfile

import numpy as np
import pytest
import torch

from ous_mmaction.converters import read_source


class RecorderMeter:
    """What the code of the DFER-CLIP line pickles beside the weights, under ``__main__``."""

    def __init__(self, epochs=2):
        self.epoch_losses = np.zeros((epochs, 2), np.float32)


class Bomb:
    """An object whose unpickling makes a folder."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


class Call:
    """An object that is pickled as a call of an allowed name with the given arguments."""

    def __init__(self, function, arguments, state=None):
        self.parts = (function, arguments, state)

    def __reduce__(self):
        return self.parts


@contextlib.contextmanager
def as_main(*classes):
    """Let classes be pickled as if the script that runs had defined them."""
    main, modules = sys.modules['__main__'], {c: c.__module__ for c in classes}
    old = {c.__name__: main.__dict__[c.__name__] for c in classes
           if c.__name__ in main.__dict__}
    for c in classes:
        c.__module__ = '__main__'
        setattr(main, c.__name__, c)
    try:
        yield
    finally:
        for c in classes:
            c.__module__ = modules[c]
            delattr(main, c.__name__)
        for name, value in old.items():
            setattr(main, name, value)


def save(content, path, old_numpy=True):
    """Save as published code did, with numpy's old or new names."""
    with as_main(RecorderMeter):
        torch.save(content, path)
    new, old = b'numpy._core', b'numpy.core'
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            if name.endswith('data.pkl'):
                data = data.replace(*((new, old) if old_numpy else (old, new)))
            archive.writestr(name, data)
    return path


def dfer_clip_line(tensors, **beside):
    """Content of a file of DFER-CLIP, Former-DFER, MMA-DFER, CLIP-CAER or AEN."""
    return dict(epoch=7, state_dict={f'module.{name}': x for name, x in tensors.items()},
                best_acc=np.float64(71.25), recorder=RecorderMeter(), **beside)


def video_mae_line(tensors, **args):
    """Content of a file of MAE-DFER, SVFAP or FRU-Adapter."""
    return dict(model=dict(tensors), epoch=99, scaler={}, optimizer=dict(
        state={}, param_groups=[dict(lr=np.float64(1e-3), weight_decay=np.float64(0.05))]),
        args=argparse.Namespace(nb_classes=7, **args))


def forge(content, marker, place):
    """Plant a call in a copy of a file's content, where a stand-in or the reader reads it."""
    bomb, content = Bomb(marker), dict(content)
    key = next((key for key in ('state_dict', 'model') if key in content), None)
    reconstruct = np.zeros(1).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    if place == 'top':
        content['extra'] = bomb
    elif place == 'tensors':
        if key is None:
            content['extra'] = bomb
        else:
            content[key] = {**content[key], 'extra': bomb}
    elif place == 'recorder':
        content['recorder'] = RecorderMeter()
        content['recorder'].epoch_losses = bomb
    elif place == 'namespace':
        content['args'] = argparse.Namespace(data_set=bomb)
    elif place == 'array':
        content['recorder'] = Call(reconstruct, (np.ndarray, (0,), b'b'),
                                   (1, (1,), np.dtype(object), False, [bomb]))
    elif place == 'scalar':
        content['best_acc'] = Call(scalar, (np.dtype('f8'), bomb))
    elif place == 'dtype':
        content['best_acc'] = Call(np.dtype, (bomb, False, True))
    elif place == 'allowed':  # only allowed names, in roles that numpy would misuse
        content['best_acc'] = Call(scalar, (np.dtype(object), 'os.system'))
        content['args'] = Call(argparse.Namespace, (), dict(__class__='os', data_set='DFEW'))
    else:
        raise ValueError(place)
    return content


PLACES = ('top', 'tensors', 'recorder', 'namespace', 'array', 'scalar', 'dtype', 'allowed')


def check_forged(content, folder, places=PLACES):
    """Write a family's file with a call planted in each place, and check that none is executed.

    Args:
        content (dict): Content of a genuine file.
        folder (Path): Empty folder for the files.
        places (Sequence[str]): Where calls are planted, of PLACES.
    """
    genuine = read_source(save(content, folder / 'genuine.pth'))
    for place in places:
        marker, path = folder / f'{place}.executed', folder / f'{place}.pth'
        save(forge(content, marker, place), path)
        if place == 'allowed' and content.keys() & {'state_dict', 'model'}:
            # Nothing to refuse: the stand-ins take the arguments and keep them.
            assert read_source(path).tensors.keys() == genuine.tensors.keys()
        else:
            with pytest.raises(ValueError, match=f'{place}.pth: (refused|there are no tensors)'):
                read_source(path)
        assert not marker.exists(), place
    assert not list(folder.glob('*.executed'))
