"""The offline pass that writes the features of every clip of a dataset to a bank."""
from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Iterable, Optional, Sequence

import numpy as np
import torch
import torch.distributed as dist
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader
from tqdm import tqdm

from ..datasets.video import BACKENDS
from ..fileio import whole_file, write_atomically
from ..models.backbones.openclip_backbone import OpenCLIPBackbone
from ..models.features import StreamFeatures
from ..version import __version__
from .clip_views import ClipViews
from .feature_bank import FORMAT, VERSION, checksums, dump_index, plain, record_dtype


def extract_features(config: Config,
                     out: str | Path,
                     ann_files: Optional[Sequence[str]] = None,
                     views: int = 0,
                     dtype: str = 'float16',
                     batch_size: int = 8,
                     device: str = 'cpu') -> Path:
    """Write the features of every clip of a config's annotation files.

    Each batch is a file in ``OUT/parts`` as soon as it is done; a run that was interrupted goes on
    behind the batches that are there, whatever the moment. Batches are the same ones whoever
    computes them, so that the bank ends as it would have without the interruption. Memory holds a
    few batches, whatever the number and the length of the clips.

    Under a launcher, ranks share the batches, and the first one joins them.

    Args:
        config (Config): Trains and tests from pixels.
        out (str | Path): Folder of the bank.
        ann_files (Sequence[str], optional): Annotation files, relative to the config's
            ``data_root``. Defaults to those of its loaders.
        views (int): Augmented views a clip, beside the one for testing. Defaults to 0.
        dtype (str): ``'float16'`` or ``'float32'``. Defaults to the former.
        batch_size (int): Views a batch. Defaults to 8.
        device (str): Where CLIP runs.

    Returns:
        Path: ``OUT/index.json``.

    Raises:
        FileNotFoundError: If annotation, boxes or CLIP's weights are missing.
        ValueError: If the config reads no pixels through CLIP, ``OUT`` holds something else, or
            the features do not fit into ``dtype``.
        VideoError: If a clip does not decode. The batches done are kept.
        OSError: If the bank cannot be written. The batches done are kept.
    """
    init_default_scope(config.get('default_scope', 'mmaction'))
    if views < 0 or batch_size < 1:
        raise ValueError(f'--views {views}, --batch-size {batch_size}: there cannot be fewer than '
                         'no views, nor than one a batch')
    out, parts = Path(out), Path(out, 'parts')
    if config.model.backbone.type != 'OpenCLIPBackbone':
        raise ValueError(f'{config.filename}: its backbone is {config.model.backbone.type}; a bank '
                         'is written with a config that has OpenCLIPBackbone')
    clips = read_clips(config, ann_files, views)
    backbone = MODELS.build(config.model.backbone).to(device).eval()
    preprocessor = MODELS.build(config.model.data_preprocessor).to(device)
    header = describe(config, clips, backbone, dtype, batch_size)
    if not _is_finished(out, header):
        rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        if rank == 0:
            parts.mkdir(parents=True, exist_ok=True)
            _claim(parts, header)
        starts = range(0, len(clips), batch_size)
        todo = [start for start in starts if not _part(parts, start).exists()]
        if dist.is_initialized():
            dist.barrier()  # all ranks have seen the same batches to do
        mine = [range(start, min(start + batch_size, len(clips))) for start in todo[rank::ranks]]
        _encode(clips, mine, backbone, preprocessor, parts, _dtype(header),
                config.test_dataloader.get('num_workers', 0), show=rank == 0)
        if dist.is_initialized():
            dist.barrier()
        if rank == 0:
            _join(parts, starts, out, header)
    if not dist.is_initialized() or dist.get_rank() == 0:
        shutil.rmtree(parts, ignore_errors=True)
    return out / 'index.json'


def read_clips(config: Config, ann_files: Optional[Sequence[str]], views: int) -> ClipViews:
    """The views to extract; see :func:`extract_features`."""
    loaders = [config[key] for key in ('train_dataloader', 'val_dataloader', 'test_dataloader')
               if config.get(key)]
    ann_files = list(ann_files or dict.fromkeys(loader.dataset.ann_file for loader in loaders))
    return ClipViews(config.test_dataloader.dataset, ann_files, config.train_dataloader.dataset,
                     views, config.get('randomness', {}).get('seed') or 0)


def describe(config: Config, clips: ClipViews, backbone: OpenCLIPBackbone, dtype: str,
             batch_size: int) -> dict:
    """What a bank's features depend on: its index, less the checksums."""
    pipelines = dict(test=plain(config.test_dataloader.dataset.pipeline))
    if clips.views:
        pipelines['train'] = plain(config.train_dataloader.dataset.pipeline)
    default = next(name for name, (module, _) in BACKENDS.items()
                   if importlib.util.find_spec(module))
    decoders = [step.get('backend') or default for step in pipelines['test']
                if step['type'] == 'ReadClip']
    clip, taps = backbone.clip, backbone.num_taps
    return dict(
        format=FORMAT, version=VERSION, package=__version__, dataset=clips.name,
        clip=dict(model=clip.name, pretrained=clip.pretrained, fingerprint=clip.fingerprint),
        decoder=decoders[0] if decoders else None,
        preprocessor=plain(config.model.data_preprocessor),
        pipelines=pipelines,
        boxes=clips.boxes,
        seed=clips.seed if clips.views else None,
        views=clips.views,
        frames=len(clips[0]['inputs']['mask']),
        channels=clip.embed_dims,
        taps=[taps, clip.width] if taps else None,
        dtype=dtype,
        batch_size=batch_size,
        clips=[list(clip) for clip in clips.clips])


def _dtype(header: dict) -> np.dtype:
    return record_dtype(*(header[key] for key in ('dtype', 'frames', 'channels', 'taps')))


def _part(parts: Path, start: int) -> Path:
    return parts / f'{start:09d}.npy'


def _is_finished(out: Path, header: dict) -> bool:
    """Whether the bank is there; an error if another one is."""
    index = out / 'index.json'
    if index.is_file():
        _compare(index, header)
    return index.is_file()


def _claim(parts: Path, header: dict) -> None:
    """Note what the parts belong to; an error if they belong to something else."""
    plan = parts / 'plan.json'
    if plan.is_file():
        _compare(plan, header)
    else:
        write_atomically(plan, [json.dumps(header, ensure_ascii=False)])


def _compare(path: Path, header: dict) -> None:
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
        other = [key for key, value in header.items() if found[key] != value]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f'{path}: damaged; delete the folder {path.parent} and run the same '
                         'command again') from None
    if other:
        before, now = (str(values[other[0]])[:80] for values in (found, header))
        raise ValueError(f'{path}: begun with another `{other[0]}` ({before}, now {now}); choose '
                         'another folder with --out, or delete this one')


@torch.no_grad()
def _encode(clips: ClipViews, batches: list[range], backbone: OpenCLIPBackbone,
            preprocessor: torch.nn.Module, parts: Path, dtype: np.dtype, num_workers: int,
            show: bool) -> None:
    """Write a part for each batch."""
    loader = DataLoader(clips, batch_sampler=batches, num_workers=num_workers,
                        collate_fn=pseudo_collate)
    with tqdm(total=sum(map(len, batches)), unit='view', desc='features', disable=not show) as bar:
        for batch, data in zip(batches, loader):
            streams = backbone.encode_streams(**preprocessor(data)['inputs'])
            records = pack(streams, dtype)
            if not all(np.isfinite(records[name]).all() for name in dtype.names):
                raise ValueError(f'features of clip {clips.clips[batch[0] // (1 + clips.views)][0]}'
                                 f' or one of the {len(batch) - 1} views behind it are not finite '
                                 f'in {dtype["face"].base}; extract with --dtype float32')
            _write_array(_part(parts, batch[0]), dtype, records.shape, [records])
            bar.update(len(batch))


def pack(streams: StreamFeatures, dtype: np.dtype) -> np.ndarray:
    """(B,) records of a batch's features."""
    records = np.zeros(len(streams.face), dtype)
    with np.errstate(over='ignore'):
        for name in dtype.names:
            records[name] = getattr(streams, name).cpu().numpy()
    return records


def _write_array(path: Path, dtype: np.dtype, shape: tuple[int, ...],
                 pieces: Iterable[np.ndarray], partial: Optional[Path] = None) -> None:
    """Write an array piece by piece; ``partial`` as of :func:`whole_file`."""
    with whole_file(path, 'wb', partial) as file:
        np.lib.format.write_array_header_1_0(file, dict(
            descr=np.lib.format.dtype_to_descr(dtype), fortran_order=False, shape=shape))
        for piece in pieces:
            file.write(piece.tobytes())


def _join(parts: Path, starts: Sequence[int], out: Path, header: dict) -> None:
    """Make one array of all parts, then the index, which says that the bank is whole."""
    shape = (len(header['clips']), 1 + header['views'])
    pieces = (np.load(_part(parts, start), allow_pickle=False) for start in starts)
    # What a kill leaves of it goes with the parts.
    _write_array(out / 'features.npy', _dtype(header), shape, pieces, parts / 'features.npy')
    write_atomically(out / 'index.json', [dump_index(header, checksums(out / 'features.npy'))])
