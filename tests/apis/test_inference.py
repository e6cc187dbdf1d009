import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from PIL import Image, ImageOps

from ous_mmaction.apis.inference import infer_video, init_model
from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header
from ous_mmaction.detection import DetectFaces
from ous_mmaction.video import open_video
from tests.real_video import CARPHONE


@pytest.fixture(scope='module')
def config():
    config = Config.fromfile('configs/ous_demo.py')
    config.model.cls_head.mcfe.num_blocks = 2
    return config


@pytest.fixture(scope='module')
def checkpoint(config, tmp_path_factory):
    """A checkpoint with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict()), path)
    return path


@pytest.fixture(scope='module')
def model(config, checkpoint):
    return init_model(config, checkpoint)


@pytest.fixture(scope='module')
def detect_faces():
    return DetectFaces('configs/detectors/mtcnn.py')


@pytest.fixture(scope='module')
def inference(model, detect_faces):
    return infer_video(model, CARPHONE, detect_faces)


def save_frames(folder, frames):
    folder.mkdir()
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f'{index}.png')
    return folder


def test_a_man_in_a_car(inference, config):
    """The man sits left of the center, and his face fills a quarter of the frame's width."""
    assert list(inference.probabilities) == config.class_names
    assert sum(inference.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert inference.face_found and inference.detected.all()
    assert (inference.total_frames, inference.frames.shape) == (120, (8, 144, 176, 3))
    left, top, right, bottom = inference.boxes.T
    assert (left > 35).all() and (right < 115).all() and (top > 25).all() and (bottom < 110).all()
    assert (inference.face.shape == inference.scene.shape == (8, 64, 64, 3))
    with open_video(CARPHONE) as video:
        np.testing.assert_array_equal(video.read(inference.frame_inds), inference.frames)


def test_a_model_of_face_and_scene_pairs_sees_a_plain_video(inference, config, checkpoint,
                                                             detect_faces):
    """The same weights, trained on pairs as those of FERV39k are, predict the same."""
    pairs = Config.fromfile('configs/ous_demo.py')
    pairs.model.cls_head.mcfe.num_blocks = 2
    pairs.test_dataloader.dataset.pipeline = dict(
        sample=config.test_dataloader.dataset.pipeline.sample, read=dict(type='ReadPair', size=64),
        boxes=None, split=None, pack=config.test_dataloader.dataset.pipeline.pack)
    seen = infer_video(init_model(pairs, checkpoint), CARPHONE, detect_faces)
    assert seen.probabilities == pytest.approx(inference.probabilities, abs=1e-6)
    np.testing.assert_array_equal(seen.face, inference.face)


@pytest.mark.parametrize('step', [dict(type='FaceSceneSplit'), dict(type='ReadPair')])
def test_the_scene_is_resized_as_the_config_says(inference, checkpoint, detect_faces, step):
    other = Config.fromfile('configs/ous_demo.py')
    other.model.cls_head.mcfe.num_blocks = 2
    pipeline = other.test_dataloader.dataset.pipeline
    step.update(size=64, scene_resize='pad')
    if step['type'] == 'ReadPair':
        pipeline.update(read=step, boxes=None, split=None)
    else:
        pipeline.split = step
    seen = infer_video(init_model(other, checkpoint), CARPHONE, detect_faces)
    expected = [ImageOps.pad(Image.fromarray(frame), (64, 64), Image.BICUBIC, (122, 116, 104))
                for frame in seen.frames]
    assert np.abs(seen.scene - np.stack(expected).astype(int)).max() <= 2
    np.testing.assert_array_equal(seen.face, inference.face)


def test_it_says_what_a_test_with_these_boxes_says(inference, model, config, tmp_path):
    """Test with the dataset and the boxes file, as tools/test.py reads a clip."""
    boxes = np.tile(np.float32([0, 0, 1, 1]), (inference.total_frames, 1))
    boxes[inference.frame_inds] = inference.boxes
    total_frames = inference.total_frames
    clip = FaceBoxes('man', inference.frames.shape[1:3], boxes, np.ones(total_frames, bool), 1)
    (tmp_path / 'faces.jsonl').write_text(f'{dump_header("Cars", "live")}\n{clip.to_json()}\n')
    write_annotation(tmp_path / 'test.json',
                     dict(dataset='Cars', classes=config.class_names, split='test'),
                     [dict(clip_id='man', filename=str(CARPHONE), total_frames=total_frames,
                           label=0)])
    dataset = dict(config.test_dataloader.dataset, data_root=str(tmp_path), ann_file='test.json')
    sample = DATASETS.build(dataset)[0]
    np.testing.assert_array_equal(sample['inputs']['face'].permute(0, 2, 3, 1), inference.face)
    np.testing.assert_array_equal(sample['inputs']['scene'].permute(0, 2, 3, 1), inference.scene)
    with torch.no_grad():
        [tested] = model.test_step(pseudo_collate([sample]))
    assert tested.pred_score.tolist() == pytest.approx(list(inference.probabilities.values()))


def test_a_folder_of_frames_is_a_video(inference, model, detect_faces, tmp_path):
    with open_video(CARPHONE) as video:
        folder = save_frames(tmp_path / '一个 人', video.read(range(len(video))))
    again = infer_video(model, folder, detect_faces)
    assert again.probabilities == pytest.approx(inference.probabilities)


def test_padding_is_not_shown_and_a_lost_face_is_filled_in(
        inference, model, detect_faces, tmp_path):
    frames = inference.frames[:5].copy()
    frames[2] = 0
    short = infer_video(model, save_frames(tmp_path / 'short', frames), detect_faces)
    assert short.frame_inds.tolist() == [0, 1, 2, 3, 4]
    assert short.detected.tolist() == [True, True, False, True, True]
    np.testing.assert_allclose(short.boxes[2], (short.boxes[1] + short.boxes[3]) / 2, atol=1e-3)
    assert 'face found in 4 of 5 sampled frames' in short.report()


def test_without_a_face_both_streams_see_the_frame(model, detect_faces, tmp_path):
    folder = save_frames(tmp_path / 'black', np.zeros((9, 40, 70, 3), np.uint8))
    inference = infer_video(model, folder, detect_faces)
    assert not inference.face_found and 'no face found' in inference.report()
    assert inference.boxes.tolist() == [[0, 0, 70, 40]] * 8
    np.testing.assert_array_equal(inference.face, inference.scene)
    assert sum(inference.probabilities.values()) == pytest.approx(1, abs=1e-6)


def test_words_give_the_likeliest_class_first(inference):
    lines = inference.report().splitlines()
    assert lines[0] == '120 frames, face found in 8 of 8 sampled frames'
    shares = [float(line.split()[1]) for line in lines[1:]]
    assert len(shares) == 7 and shares == sorted(shares, reverse=True)
    assert {line.split()[0] for line in lines[1:]} == set(inference.probabilities)


def test_picture_shows_frames_boxes_and_both_streams(inference, tmp_path):
    """If each stream has one color, the drawn pixels of each can be counted."""
    from dataclasses import replace
    red, green, blue = (np.broadcast_to(np.uint8(color), (8, 64, 64, 3))
                        for color in ([255, 0, 0], [0, 255, 0], [0, 0, 255]))
    boxes = np.tile(np.float32([8, 8, 40, 40]), (8, 1))
    areas = {}
    for name, detected in (('face', True), ('none', False)):
        replace(inference, frames=red, face=green, scene=blue, boxes=boxes,
                detected=np.full(8, detected)).draw(tmp_path / f'{name}.png')
        picture = np.asarray(Image.open(tmp_path / f'{name}.png').convert('RGB')).astype(int)
        areas[name] = [(np.abs(picture - color).sum(-1) < 30).sum()
                       for color in ([255, 0, 0], [0, 255, 0], [0, 0, 255])]
    assert areas['none'] == pytest.approx([np.mean(areas['none'])] * 3, rel=0.05)
    outline = areas['none'][0] - areas['face'][0]
    assert 0.03 < outline / areas['none'][0] < 0.3
    assert areas['face'][1:] == pytest.approx(areas['none'][1:], rel=0.01)


@pytest.mark.parametrize('change, message', [
    ('model.cls_head.mcfe.num_blocks=3', r'random.pth: the weights do not fit .* first: cls_head'),
    ('model.cls_head.mcfe.num_blocks=1', r'random.pth: the weights do not fit .* first: cls_head'),
    ('model.cls_head.num_prompt_tokens=8', r'differ: 1, first: size mismatch for cls_head'),
])
def test_a_checkpoint_of_another_model_is_refused(config, checkpoint, change, message):
    config = Config(config.to_dict())
    key, value = change.split('=')
    config.merge_from_dict({key: int(value)})
    with pytest.raises(ValueError, match=message) as error:
        init_model(config, checkpoint)
    assert '\n' not in str(error.value)


def test_a_pipeline_without_boxes_is_refused(model, detect_faces):
    pipeline = model.cfg.test_dataloader.dataset.pipeline
    step = pipeline.boxes
    step.type = 'SampleClip'
    try:
        with pytest.raises(ValueError, match='ous_demo.py: the test pipeline has no LoadFaceBoxes'):
            infer_video(model, CARPHONE, detect_faces)
    finally:
        step.type = 'LoadFaceBoxes'
