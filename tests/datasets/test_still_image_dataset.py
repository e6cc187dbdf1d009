import numpy as np
import pytest
from PIL import Image

from ous_mmaction.datasets import StillImageDataset
from ous_mmaction.video import VideoError

CLASSES = ['Happy', 'Sad', 'Neutral']
PIPELINE = [dict(type='ReadImage'), dict(type='Resize', scale=(16, 16), keep_ratio=False),
            dict(type='FormatShape', input_format='NCHW'),
            dict(type='PackActionInputs', meta_keys=('clip_id', ))]


@pytest.fixture
def root(tmp_path):
    for label, name in enumerate(CLASSES):
        folder = tmp_path / 'train' / name
        folder.mkdir(parents=True)
        for number in range(label + 1):
            color = np.full((20, 30, 3), (10 * label, number, 200), np.uint8)
            Image.fromarray(color).save(folder / f'{number + 9}.png')
    return tmp_path


def build(root, **kwargs):
    return StillImageDataset(**{**dict(folder='train', pipeline=PIPELINE, classes=CLASSES,
                                       data_root=str(root)), **kwargs})


def test_lists_class_by_class_in_natural_order(root):
    (root / 'train' / 'Sad' / 'notes.txt').write_text('no image')
    (root / 'train' / '.hidden').mkdir()
    dataset = build(root)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert [(info['clip_id'], info['label']) for info in infos] == [
        ('train/Happy/9.png', 0), ('train/Sad/9.png', 1), ('train/Sad/10.png', 1),
        ('train/Neutral/9.png', 2), ('train/Neutral/10.png', 2), ('train/Neutral/11.png', 2)]
    assert dataset.metainfo['classes'] == CLASSES


def test_gives_one_frame_of_the_image(root):
    sample = build(root)[5]
    assert sample['inputs'].shape == (1, 3, 16, 16)
    assert sample['inputs'][0, :, 0, 0].tolist() == [20, 2, 200]
    assert sample['data_samples'].gt_label.tolist() == [2]


def test_augmentation_depends_on_seed_epoch_and_image(root):
    crop = dict(type='TorchVisionWrapper', op='RandomAffine', degrees=0, translate=(0.5, 0.5))
    dataset = build(root, pipeline=[*PIPELINE[:2], crop, *PIPELINE[2:]])
    draws = {}
    for epoch in (0, 1, 0):
        dataset.set_epoch(epoch)
        draws.setdefault(epoch, []).append(dataset[0]['inputs'])
    assert draws[0][0].equal(draws[0][1]) and not draws[0][0].equal(draws[1][0])


def test_bad_folders_are_told_in_one_line(root):
    with pytest.raises(FileNotFoundError, match='val: the folder of images is missing'):
        build(root, folder='val')
    with pytest.raises(ValueError, match='Neutral: the folder belongs to none of the classes'):
        build(root, classes=CLASSES[:2])
    with pytest.raises(FileNotFoundError, match='Fear: the folder of this class is missing'):
        build(root, classes=[*CLASSES, 'Fear'])
    (root / 'train' / 'Happy' / '9.png').unlink()
    with pytest.raises(ValueError, match='Happy: the folder holds no jpg, png or bmp file'):
        build(root)


@pytest.mark.parametrize('damage', ['cut', 'text', 'empty'])
def test_unreadable_image_is_named(root, damage):
    path = root / 'train' / 'Happy' / '9.png'
    content = path.read_bytes()
    path.write_bytes(dict(cut=content[:-30], text=b'no image', empty=b'')[damage])
    with pytest.raises(VideoError, match='9.png: the file is not a readable image') as caught:
        build(root)[0]
    assert '\n' not in str(caught.value)
