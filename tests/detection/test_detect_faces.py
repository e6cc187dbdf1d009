import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ous_mmaction.apis.inference import live_pipeline
from ous_mmaction.datasets.annotation import read_annotation, write_annotation
from ous_mmaction.datasets.face_boxes import read_face_boxes
from ous_mmaction.detection import DetectFaces
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.rendered.benchmark_spec import BenchmarkSpec
from ous_mmaction.rendered.clip_plan import plan_clips
from ous_mmaction.rendered.clips import render_clip
from ous_mmaction.video import VideoError
from tests.running import ROOT, run_script

DETECTOR = dict(config=str(ROOT / 'configs/detectors/yolox_demo.py'),
                checkpoint=str(ROOT / 'ous_mmaction/rendered/weights/face_detector.pth'))


@pytest.fixture(scope='module')
def detect_faces():
    return TRANSFORMS.build(dict(DETECTOR, type='DetectFaces'))


def test_the_face_of_a_clip(detect_faces):
    spec = BenchmarkSpec()
    frames, boxes = render_clip(plan_clips(spec)[3], spec)
    results = detect_faces(dict(imgs=frames))
    assert results['face_found'] is True
    assert results['face_boxes'].dtype == np.float32
    assert np.diag(box_iou(results['face_boxes'], boxes)).mean() >= 0.88


def test_views_that_overlap_or_change_the_order_give_each_frame_its_box(detect_faces):
    spec = BenchmarkSpec()
    frames, _ = render_clip(plan_clips(spec)[3], spec)
    boxes = detect_faces(dict(imgs=frames))['face_boxes']
    indices = np.array([5, 0, 9, 1, 5, 2, 2, *range(len(frames))])
    results = detect_faces(dict(imgs=frames[indices], frame_inds=indices))
    np.testing.assert_array_equal(results['face_boxes'], boxes[indices])
    assert results['face_detected'].shape == indices.shape


def test_a_clip_without_a_face_keeps_its_frame(detect_faces):
    results = detect_faces(dict(imgs=np.zeros((3, 40, 70, 3), np.uint8)))
    assert results['face_found'] is False
    assert results['face_boxes'].tolist() == [[0, 0, 70, 40]] * 3


@pytest.fixture(scope='module')
def clips(rendered, video, tmp_path_factory):
    """Annotation of six rendered clips and one without a face, and boxes of the offline tool."""
    folder = tmp_path_factory.mktemp('clips')
    metainfo, records = read_annotation(rendered / 'annotations' / 'fold1_test.json')
    video.write(folder / 'black.mp4', np.zeros((9, 192, 192, 3), np.uint8))
    black = dict(records[0], clip_id='black', filename=str(folder / 'black.mp4'), total_frames=9)
    write_annotation(folder / 'clips.json', metainfo, [*records[::8][:6], black])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        run_script(ROOT / 'tools' / 'extract_faces.py', [
            DETECTOR['config'], '--checkpoint', DETECTOR['checkpoint'], '--device', 'cpu',
            '--ann-files', folder / 'clips.json', '--data-root', rendered,
            '--out', folder / 'faces.jsonl'], patch)
        raise SystemExit(0)
    assert not stop.value.code
    return folder


def batches(config, loader, clips, rendered):
    """The batches of a config's loader from two workers, as its runner would read them."""
    loader = Config.fromfile(ROOT / 'configs' / config)[loader]
    loader.update(num_workers=2, batch_size=4)
    boxes_file = loader.dataset.boxes_file and str(clips / 'faces.jsonl')
    loader.dataset.update(data_root=str(rendered), ann_file=str(clips / 'clips.json'),
                          boxes_file=boxes_file)
    for key in ('fold', 'selection', 'split'):
        loader.dataset.pop(key)
    return list(Runner.build_dataloader(loader, seed=0))


@pytest.mark.parametrize('loader', ['train_dataloader', 'test_dataloader'])
def test_a_pipeline_with_the_detector_equals_the_offline_pass(clips, rendered, loader):
    """Every input of the model, bit by bit."""
    offline = batches('ous_demo.py', loader, clips, rendered)
    inside = batches('from_detector.py', loader, clips, rendered)
    found = {}
    assert sum(len(batch['data_samples']) for batch in inside) == 7
    for batch, expected in zip(inside, offline):
        for name in ('face', 'scene', 'mask'):
            for mine, other in zip(batch['inputs'][name], expected['inputs'][name]):
                assert torch.equal(mine, other)
        for mine, other in zip(batch['data_samples'], expected['data_samples']):
            assert (mine.clip_id, mine.face_found) == (other.clip_id, other.face_found)
            found[mine.clip_id] = mine.face_found
    assert [clip_id for clip_id in found if not found[clip_id]] == ['black']


def test_boxes_are_those_of_the_offline_pass(clips, rendered):
    _, boxes = read_face_boxes(clips / 'faces.jsonl')
    transform = TRANSFORMS.build(dict(DETECTOR, type='DetectFaces', stride=2))
    torch.manual_seed(3)
    before = torch.get_rng_state()
    for record in read_annotation(clips / 'clips.json')[1][-3:]:
        indices = np.array([3, 0, 8, 3])
        results = transform(dict(record, filename=str(rendered / record['filename']),
                                 imgs=None, frame_inds=indices))
        expected = boxes[record['clip_id']]
        np.testing.assert_array_equal(results['face_boxes'], expected.boxes[indices])
        np.testing.assert_array_equal(results['face_detected'], expected.detected[indices])
        assert results['face_found'] is expected.has_face
    # Augmentation after a resumed start, which builds the detector anew, draws what it would draw.
    assert torch.equal(torch.get_rng_state(), before)


def test_an_unreadable_clip_is_an_error(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'no video')
    transform = TRANSFORMS.build(dict(DETECTOR, type='DetectFaces', stride=2))
    with pytest.raises(VideoError, match='a.mp4'):
        transform(dict(clip_id='a', filename=str(tmp_path / 'a.mp4'), total_frames=3, imgs=None,
                       frame_inds=np.arange(3)))


def test_a_video_gets_the_detector_of_the_tool():
    """Tools that infer replace the config's own detector, as they replace its boxes file."""
    config = Config.fromfile(ROOT / 'configs' / 'from_detector.py')
    other = TRANSFORMS.build(dict(DETECTOR, type='DetectFaces'))
    steps = live_pipeline(config, other)
    assert [step for step in steps if isinstance(step, DetectFaces)] == [other]


def test_workers_refuse_a_gpu():
    transform = TRANSFORMS.build(dict(DETECTOR, type='DetectFaces', device='cuda:0'))
    dataset = [dict(imgs=np.zeros((1, 8, 8, 3), np.uint8))]
    with pytest.raises(ValueError, match='`DetectFaces.device` is \'cuda:0\', but the worker'):
        next(iter(DataLoader(dataset, num_workers=1, collate_fn=lambda rows: transform(rows[0]))))


def test_wrong_stride():
    with pytest.raises(ValueError, match='`DetectFaces.stride` must be at least 1, but got 0'):
        TRANSFORMS.build(dict(DETECTOR, type='DetectFaces', stride=0))
