"""A dataset's config at the size of a rehearsal."""
from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from ..features.use_bank import LOADERS


def rehearsal_config(config: Config, small: Config, root: Path, work_dir: Path) -> Config:
    """Give a config of OUS a small model and the few clips of a rehearsal.

    Args:
        config (Config): Config of a dataset, changed in place.
        small (Config): Config with the model, the number of frames and the batch size to take.
        root (Path): Root of the dataset.
        work_dir (Path): Folder of the rehearsal, with ``annotations/`` and ``faces.jsonl``.

    Returns:
        Config: The same config, which trains two epochs.
    """
    class_names = config.model.cls_head.class_names
    config.merge_from_dict(dict(model=small.model.to_dict()))
    config.model.cls_head.class_names = class_names
    for name in LOADERS:
        loader = config[name]
        loader.update(batch_size=small[name].batch_size, num_workers=0, persistent_workers=False)
        loader.dataset.pipeline.sample.clip_len = small[name].dataset.pipeline.sample.clip_len
        loader.dataset.update(data_root=str(root.resolve()),
                              ann_dir=str((work_dir / 'annotations').resolve()))
        if loader.dataset.get('boxes_file'):
            loader.dataset.boxes_file = str((work_dir / 'faces.jsonl').resolve())
    config.train_cfg.max_epochs = 2
    config.optim_wrapper.optimizer.lr = small.optim_wrapper.optimizer.lr
    return config
