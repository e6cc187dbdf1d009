from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.dfer_dataset import DFERDataset, pipeline_steps
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header
from ous_mmaction.features.feature_bank import (
    FORMAT,
    VERSION,
    checksums,
    dump_index,
    json_round_trip,
    record_dtype,
)
from ous_mmaction.features.use_bank import use_bank
from ous_mmaction.models.frozen_clip import FrozenCLIP, load_clip_model
from ous_mmaction.rendered import BenchmarkSpec, render_benchmark

from .bank_training import BATCH_SIZE, BankTraining

BANK_CLIPS = 512
OPEN_CLIP_NAMES = {'demo': 'vit_demo', 'ViT-B/32': 'ViT-B-32-quickgelu',
                   'ViT-L/14': 'ViT-L-14-quickgelu'}


class Workbench:
    """Data and models that the sections share, created on first use.

    Args:
        configs (Path): The folder ``configs`` of the repository.
        folder (Path): Folder for rendered clips and feature banks.
        repeats (int): Number of repetitions of every measurement.
    """

    def __init__(self, configs: Path, folder: Path, repeats: int) -> None:
        init_default_scope('mmaction')
        self.configs, self.folder, self.repeats = configs, folder, repeats
        torch.manual_seed(0)

    @functools.cached_property
    def rendered(self) -> Path:
        """Root of rendered clips with annotations ``all.json`` and true boxes ``faces.jsonl``."""
        root = self.folder / 'rendered'
        spec = BenchmarkSpec(clips_per_class=4, folds=2, ambiguous_share=1.0)
        index = render_benchmark(root, spec, progress=False)
        clips = json.loads(index.read_text())['clips']
        size = (spec.size, spec.size)
        records = [dict(clip_id=str(clip['number']), total_frames=clip['num_frames'], label=0,
                        filename=f'Clip/original/{clip["number"]}.mp4') for clip in clips]
        names = list(Config.fromfile(self.configs / 'ous_dfew.py').class_names)
        write_annotation(root / 'all.json', dict(dataset='Rendered', classes=names), records)
        lines = [FaceBoxes(record['clip_id'], size, clip['boxes'], [True] * clip['num_frames'],
                           1).to_json() for record, clip in zip(records, clips)]
        (root / 'faces.jsonl').write_text(
            '\n'.join([dump_header('Rendered', 'truth'), *lines]) + '\n')
        return root

    @functools.cached_property
    def clips(self) -> DFERDataset:
        """Training dataset of ``configs/ous_dfew.py`` on the rendered clips."""
        config = Config.fromfile(self.configs / 'ous_dfew.py').train_dataloader.dataset
        config.update(data_root=str(self.rendered), ann_file='all.json')
        return DATASETS.build(config)

    def clip_model(self, model: str) -> FrozenCLIP:
        """Return a CLIP with random weights.

        Args:
            model (str): Key of ``OPEN_CLIP_NAMES``.
        """
        return load_clip_model(name=OPEN_CLIP_NAMES[model], pretrained=None)

    def config(self, model: str) -> Config:
        """Return the paper's config for a CLIP with random weights.

        Args:
            model (str): Key of ``OPEN_CLIP_NAMES``.
        """
        config = Config.fromfile(self.configs / 'ous_dfew.py')
        clip_model = self.clip_model(model)
        config.model.backbone.clip_model = dict(name=OPEN_CLIP_NAMES[model], pretrained=None)
        config.model.neck.update(in_channels=clip_model.embed_dims, tap_channels=clip_model.width)
        return config

    def bank(self, model: str, num_clips: int = BANK_CLIPS) -> Path:
        """Return the folder of a bank with random features.

        Args:
            model (str): Key of ``OPEN_CLIP_NAMES``.
            num_clips (int): Number of clips. Defaults to ``BANK_CLIPS``.
        """
        folder = self.folder / f'{model.replace("/", "-")}-{num_clips}'
        if (folder / 'index.json').exists():
            return folder
        folder.mkdir(exist_ok=True)
        config, clip_model = self.config(model), self.clip_model(model)
        layout = dict(dtype='float16', frames=16, channels=clip_model.embed_dims,
                      taps=[4, clip_model.width])
        records = np.zeros((num_clips, 1), record_dtype(**layout))
        generator = np.random.default_rng(0)
        for name in ('face', 'scene', 'taps'):
            records[name] = generator.standard_normal(records[name].shape, np.float32)
        records['mask'] = True
        np.save(folder / 'features.npy', records)
        names = list(config.class_names)
        clips = [[f'{number}', 16] for number in range(num_clips)]
        header = dict(
            format=FORMAT, version=VERSION, dataset='random', views=0, clips=clips,
            clip=dict(model=clip_model.name, pretrained=None, fingerprint=clip_model.fingerprint),
            pipelines=dict(test=json_round_trip(pipeline_steps(config.test_pipeline))), **layout)
        (folder / 'index.json').write_text(
            dump_index(header, checksums(folder / 'features.npy')))
        write_annotation(folder / 'all.json', dict(dataset='random', classes=names), [
            dict(clip_id=clip_id, filename='none', total_frames=16, label=row % len(names))
            for row, (clip_id, _) in enumerate(clips)])
        return folder

    def training(self, model: str, batch_size: int = BATCH_SIZE) -> BankTraining:
        """Return a training from the bank, configured as by ``tools/train.py --bank``.

        Args:
            model (str): Key of ``OPEN_CLIP_NAMES``.
            batch_size (int): Clips per step. Defaults to ``BATCH_SIZE``.
        """
        bank = str(self.bank(model))
        config = use_bank(self.config(model), bank)
        config.train_dataloader.dataset.update(
            ann_file=f'{bank}/all.json', classes=list(config.class_names))
        return BankTraining(config, batch_size)
