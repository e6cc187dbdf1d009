from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmaction.registry import DATASETS

from ..video import is_image, natural_key
from .dfer_dataset import DFERDataset, Pipeline


def list_images(folder: str | Path, classes: Sequence[str]) -> list[tuple[str, int]]:
    """List images that are sorted into one folder per class.

    Args:
        folder (str | Path): Folder that holds one folder per class, with the name of the class.
            Hidden folders are ignored.
        classes (Sequence[str]): Names of the classes, in the order of the labels.

    Returns:
        list[tuple[str, int]]: Path and label of each image, class by class, in the natural order of
        the names.

    Raises:
        FileNotFoundError: If the folder, or the folder of a class, is missing.
        ValueError: If a folder belongs to no class, or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f'{folder}: the folder of images is missing. Correct `folder` and '
                                '`data_root`')
    names = {entry.name for entry in folder.iterdir()
             if entry.is_dir() and not entry.name.startswith('.')}
    for name in sorted(names - set(classes)):
        raise ValueError(f'{folder / name}: the folder belongs to none of the classes '
                         f'({", ".join(classes)}). Move it away, or correct `classes`')
    images = []
    for label, name in enumerate(classes):
        if name not in names:
            raise FileNotFoundError(f'{folder / name}: the folder of this class is missing. Add '
                                    'it, or correct `classes`')
        paths = [str(folder / name / entry.name) for entry in (folder / name).iterdir()
                 if is_image(entry.name)]
        if not paths:
            raise ValueError(f'{folder / name}: the folder holds no jpg, png or bmp file')
        images += [(path, label) for path in sorted(paths, key=natural_key)]
    return images


@DATASETS.register_module()
class StillImageDataset(DFERDataset):
    """Still images of faces, sorted into folders by class, as in AffectNet or RAF-DB.

    Records have ``filename``, ``label`` and ``clip_id``, the path of the image without
    ``data_root``.

    Args:
        folder (str): Folder of one split, which holds one folder per class.
        pipeline (dict[str, dict] | list[dict]): Transforms, of which the first is
            :class:`ReadImage`.
        classes (Sequence[str]): Names of the folders, in the class order that the model expects.
        data_root (str): Folder that a relative ``folder`` starts from.
        split (str): What the images are for: ``'train'``, ``'val'`` or ``'test'``.
    """

    def __init__(self, *, folder: str, pipeline: Pipeline, classes: Sequence[str],
                 data_root: str = '', split: str = 'train') -> None:
        super().__init__(ann_file=folder, pipeline=pipeline, data_root=data_root, classes=classes,
                         split=split)

    def load_data_list(self) -> list[dict]:
        """List the images as records with ``filename``, ``label`` and ``clip_id``."""
        # MMEngine has joined its `ann_file`, which is the folder here, with `data_root`.
        images = list_images(self.ann_file, self.classes)
        self._metainfo.setdefault('classes', list(self.classes))
        root = Path(self.ann_file).parent
        return [dict(filename=path, label=label, clip_id=Path(path).relative_to(root).as_posix())
                for path, label in images]
