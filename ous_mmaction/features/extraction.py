"""The offline pass that writes the features of every clip of a dataset to a feature bank."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.dist import barrier, is_main_process
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.data import DataLoader

from ..datasets.dfer_dataset import pipeline_steps
from ..datasets.selection import annotation_files
from ..models.backbones.openclip_backbone import OpenCLIPBackbone
from ..models.structures import StreamFeatures
from ..models.tower_precision import fastest_precision
from ..progress import progress_bar
from ..version import __version__
from ..video import default_backend
from ..work_sharing import share_of
from .bank_writer import BankWriter, begun_header
from .clip_views import ClipViews
from .feature_bank import DEFAULT_PRECISION, FORMAT, VERSION, json_round_trip
from .throughput import Throughput

DEFAULT_VIEWS = 4
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def extract_features(config: Config,
                     out: str | Path,
                     ann_files: Sequence[str] | None = None,
                     views: int | None = None,
                     dtype: str = 'float16',
                     batch_size: int = 8,
                     device: str = 'cpu',
                     precision: str | None = None) -> Path:
    """Write the features of every clip in a config's annotation files.

    An interrupted run continues where it stopped, see :class:`BankWriter`. Memory holds a few
    batches, regardless of the number and the length of the clips. Under a launcher, the processes
    share the batches.

    Args:
        config (Config): Config that trains and tests from pixels.
        out (str | Path): Folder of the bank.
        ann_files (Sequence[str], optional): Annotation files, relative to the config's
            ``data_root``. Defaults to those of the config's data loaders.
        views (int, optional): Augmented views per clip, in addition to the view for testing.
            Defaults to those of the bank that is in ``OUT`` or was begun there, and to
            ``DEFAULT_VIEWS`` for a new one.
        dtype (str): ``'float16'`` or ``'float32'``. Defaults to ``'float16'``.
        batch_size (int): Views per batch. Defaults to 8.
        device (str): Device of CLIP. Defaults to ``'cpu'``.
        precision (str, optional): Precision of CLIP, ``'fp32'``, ``'bf16'`` or ``'fp16'``. Defaults
            to that of the config's backbone. See :func:`choose_precision`.

    Returns:
        Path: ``OUT/index.json``.

    Raises:
        FileNotFoundError: If an annotation file, the face boxes or CLIP's weights are missing.
        ValueError: If the config does not read pixels through CLIP, ``OUT`` holds another bank, or
            the features do not fit into ``dtype``.
        VideoError: If a clip cannot be decoded. The finished batches are kept.
        OSError: If the bank cannot be written. The finished batches are kept.
    """
    init_default_scope(config.get('default_scope', 'mmaction'))
    if views is None:
        views = begun_header(Path(out)).get('views', DEFAULT_VIEWS)
    if views < 0:
        raise ValueError(f'--views must be at least 0, but got {views}')
    if batch_size < 1:
        raise ValueError(f'--batch-size must be at least 1, but got {batch_size}')
    if config.model.backbone.type != 'OpenCLIPBackbone':
        raise ValueError(f'{config.filename}: the backbone is {config.model.backbone.type}, but a '
                         'bank is written with OpenCLIPBackbone. Give a config that reads pixels')
    clips = read_clips(config, ann_files, views)
    chosen = dict(precision=precision) if precision else {}
    backbone = MODELS.build(dict(config.model.backbone, **chosen)).to(device).eval()
    preprocessor = MODELS.build(config.model.data_preprocessor).to(device)
    header = bank_header(config, clips, backbone, dtype, batch_size)
    writer = BankWriter(Path(out), header, batch_size)
    if not writer.is_finished():
        if is_main_process():
            writer.begin()
        _write_batches(clips, share_of(writer.missing()), backbone, preprocessor, writer,
                       config.test_dataloader.get('num_workers', 0))
        barrier()
        if is_main_process():
            writer.finish()
    if is_main_process():
        writer.remove_parts()
    return writer.index


def ensure_bank(config: Config, bank: str | Path, views: int | None) -> None:
    """Extract the features of a config unless a bank of them is there.

    A bank that is there may have been extracted with another precision or batch size.

    Args:
        config (Config): Config that trains and tests from pixels.
        bank (str | Path): Folder of the bank.
        views (int, optional): Augmented views per clip, see :func:`extract_features`.

    Raises:
        ValueError: If the bank that is there has another number of views.
    """
    if not Path(bank, 'index.json').is_file():
        extract_features(config, bank, views=views,
                         device='cuda' if torch.cuda.is_available() else 'cpu')
        return
    found = begun_header(Path(bank)).get('views')
    if views not in (None, found):
        raise ValueError(f'{bank}: the bank has {found} views, but --views is {views}. Leave '
                         '--views out, or name another folder')


def choose_precision(config: Config, out: str | Path, device: str) -> str:
    """Choose the precision of an extraction for which the user names none.

    Args:
        config (Config): Config that reads pixels.
        out (str | Path): Folder of the bank.
        device (str): Device of CLIP.

    Returns:
        str: The precision of the config's backbone if it has that key. Otherwise the precision with
        which the bank in the folder was begun, so that another machine can continue it. Otherwise
        the one in which the hardware is fastest.
    """
    if 'precision' in config.model.backbone:
        return config.model.backbone.precision
    header = begun_header(Path(out))
    return header.get('precision', DEFAULT_PRECISION) if header else fastest_precision(device)


def read_clips(config: Config, ann_files: Sequence[str] | None, views: int) -> ClipViews:
    """Collect the views to extract.

    Args:
        config (Config): Config that trains and tests from pixels.
        ann_files (Sequence[str], optional): Annotation files, relative to the config's
            ``data_root``. None means those of the config's data loaders.
        views (int): Augmented views per clip.

    Returns:
        ClipViews: The views.
    """
    if not ann_files:
        files = [file for key in LOADERS if config.get(key)
                 for file in annotation_files(config[key].dataset)]
        ann_files = list(dict.fromkeys(files))
    return ClipViews(config.test_dataloader.dataset, ann_files, config.train_dataloader.dataset,
                     views, config.get('randomness', {}).get('seed') or 0)


def bank_header(config: Config, clips: ClipViews, backbone: OpenCLIPBackbone, dtype: str,
                batch_size: int) -> dict:
    """Collect everything that a bank's features depend on.

    Args:
        config (Config): Config that trains and tests from pixels.
        clips (ClipViews): Views to extract.
        backbone (OpenCLIPBackbone): Encoder of the views.
        dtype (str): ``'float16'`` or ``'float32'``.
        batch_size (int): Views per batch.

    Returns:
        dict: The bank's index without the checksums.
    """
    pipelines = dict(test=json_round_trip(pipeline_steps(config.test_dataloader.dataset.pipeline)))
    if clips.views:
        pipelines['train'] = json_round_trip(
            pipeline_steps(config.train_dataloader.dataset.pipeline))
    decoders = [step.get('backend') or default_backend() for step in pipelines['test']
                if step['type'] == 'ReadClip']
    clip_model, taps = backbone.clip_model, backbone.num_taps
    return dict(
        format=FORMAT, version=VERSION, package=__version__, dataset=clips.dataset_name,
        clip=dict(model=clip_model.name, pretrained=clip_model.pretrained,
                  fingerprint=clip_model.fingerprint),
        precision=backbone.precision,
        decoder=decoders[0] if decoders else None,
        preprocessor=json_round_trip(config.model.data_preprocessor),
        pipelines=pipelines,
        boxes=clips.boxes_digest,
        seed=clips.seed if clips.views else None,
        views=clips.views,
        frames=len(clips[0]['inputs']['mask']),
        channels=clip_model.embed_dims,
        taps=[taps, clip_model.width] if taps else None,
        dtype=dtype,
        batch_size=batch_size,
        clips=[list(clip) for clip in clips.clips],
        sources=clips.sources)


@torch.no_grad()
def _write_batches(clips: ClipViews, batches: Sequence[range], backbone: OpenCLIPBackbone,
                   preprocessor: nn.Module, writer: BankWriter, num_workers: int) -> None:
    """Encode and write batches of views."""
    loader = DataLoader(clips, batch_sampler=batches, num_workers=num_workers,
                        collate_fn=pseudo_collate)
    throughput = Throughput()
    with progress_bar(total=sum(map(len, batches)), unit='view', desc='features',
              disable=not is_main_process()) as bar:
        for batch, data in zip(batches, throughput.waiting_for(loader)):
            streams = backbone.encode_streams(**preprocessor(data)['inputs'])
            records = pack_records(streams, writer.dtype)
            if not all(np.isfinite(records[name]).all() for name in writer.dtype.names):
                clip_id, _ = clips.clips[batch.start // (1 + clips.views)]
                raise ValueError(
                    f'The features of clip {clip_id} or of one of the {len(batch) - 1} views after '
                    f'it are not finite in {writer.dtype["face"].base}. Extract with '
                    '--dtype float32')
            writer.write(batch, records)
            throughput.add_images(2 * streams.mask.numel())
            bar.set_postfix_str(str(throughput), refresh=False)
            bar.update(len(batch))


def pack_records(streams: StreamFeatures, dtype: np.dtype) -> np.ndarray:
    """Pack the features of a batch into records.

    Args:
        streams (StreamFeatures): Features of B views.
        dtype (np.dtype): Layout of a record, see :func:`record_dtype`.

    Returns:
        np.ndarray: Records of shape (B,).
    """
    records = np.zeros(len(streams.face), dtype)
    with np.errstate(over='ignore'):
        for name in dtype.names:
            records[name] = getattr(streams, name).cpu().numpy()
    return records
