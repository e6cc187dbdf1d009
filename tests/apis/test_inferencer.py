import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from ous_mmaction.apis import DFERInferencer, find_films
from ous_mmaction.apis.real_faces import REAL_FACE_WARNING
from ous_mmaction.detection import FaceDetector
from ous_mmaction.features.use_bank import use_bank
from ous_mmaction.video import VideoError, natural_key
from tests.running import ROOT

DETECTOR = ROOT / 'configs/detectors/yolox_demo.py'
WEIGHTS = ROOT / 'ous_mmaction/rendered/weights/face_detector.pth'
CHANGES = {'model.cls_head.mcfe.num_blocks': 2}


@pytest.fixture(scope='module')
def checkpoint(demo_model, tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=demo_model.model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def inferencer(checkpoint):
    config = Config.fromfile(ROOT / 'configs/ous_demo.py')
    config.merge_from_dict(CHANGES)
    return DFERInferencer(config, checkpoint, detector=FaceDetector(DETECTOR, WEIGHTS))


@pytest.fixture
def clip(rendered):
    return sorted((rendered / 'Clip' / 'original').iterdir())[0]


def frames_of(clip):
    from ous_mmaction.video import open_video
    with open_video(clip) as video:
        return video.read(range(len(video))), video.fps


def test_all_inputs_of_one_film_say_the_same(inferencer, clip, tmp_path):
    images, fps = frames_of(clip)
    folder = tmp_path / 'frames'
    folder.mkdir()
    for index, image in enumerate(images):
        Image.fromarray(image).save(folder / f'{index}.png')
    predictions = [inferencer(source, progress=False, fps=fps)['predictions'][0]
                   for source in (clip, str(clip), folder, images, iter(images), [clip])]
    first = predictions[0]
    assert first['film']['frames'] == first['film']['frames_with_faces'] == len(images)
    assert first['film']['people'] == 1 and first['windows'][0]['people'][0]['visible'] == 1
    for other in predictions[1:]:
        assert other['source']['name'] in (clip.name, 'frames', 'film')
        for key in ('windows', 'steps', 'segments', 'people'):
            assert other[key] == first[key]


def test_a_folder_of_films_with_a_broken_one(inferencer, rendered, tmp_path):
    films = sorted((rendered / 'Clip' / 'original').iterdir())[:2]
    (tmp_path / 'films' / 'more').mkdir(parents=True)
    (tmp_path / 'films' / '1.mp4').symlink_to(films[0])
    (tmp_path / 'films' / 'more' / '1.mp4').symlink_to(films[1])
    (tmp_path / 'films' / '2.mp4').write_text('not a video ' * 100)
    result = inferencer(tmp_path / 'films', out=['json'], out_dir=tmp_path / 'out', progress=False)
    assert [bool(prediction) for prediction in result['predictions']] == [True, False, True]
    assert result['failures'].keys() == {'2.mp4'}
    assert 'the file is not a readable video' in result['failures']['2.mp4']
    assert result['visualization'] == [[str(tmp_path / 'out/1.mp4/result.json')], [],
                                       [str(tmp_path / 'out/more/1.mp4/result.json')]]
    with pytest.raises(VideoError, match='2.mp4: the file is not a readable video'):
        inferencer(tmp_path / 'films' / '2.mp4', progress=False)


def test_a_config_that_reads_a_feature_bank_reads_pixels(inferencer, checkpoint, clip):
    config = Config.fromfile(ROOT / 'configs/ous_demo.py')
    config.merge_from_dict(CHANGES)
    banked = DFERInferencer(use_bank(config, 'nowhere'), checkpoint,
                            detector=inferencer.detector)
    ours, theirs = (run(clip, progress=False)['predictions'][0] for run in (inferencer, banked))
    assert ours['windows'] == theirs['windows']


def test_films_are_found(rendered, tmp_path):
    folder = rendered / 'Clip' / 'original'
    assert [film.source for film in find_films(folder)] == sorted(
        folder.iterdir(), key=lambda path: natural_key(path.name))
    array = np.zeros((2, 8, 8, 3), np.uint8)
    assert [film.name for film in find_films([array, iter(array)])] == ['film0', 'film1']
    with pytest.raises(ValueError, match='the folder holds no video and no frames'):
        find_films(tmp_path)
    with pytest.raises(ValueError, match='Two films have the name a.mp4'):
        find_films(['x/a.mp4', 'y/a.mp4'])
    with pytest.raises(ValueError, match='The list of films is empty'):
        find_films([])
    with pytest.raises(ValueError, match='but got int'):
        find_films(3)


def test_an_unknown_output_is_refused_before_the_work(inferencer, clip, tmp_path):
    with pytest.raises(ValueError, match='`out` must be one of json, csv, .* but got .gif.'):
        inferencer(clip, out=['gif'], out_dir=tmp_path / 'out', progress=False)
    assert not (tmp_path / 'out').exists()


def test_a_model_of_drawings_warns_before_a_real_face(inferencer, demo_model, carphone, clip,
                                                      tmp_path):
    """A drawing gives no warning, and neither does a model that saw real faces."""
    from tests.apis.conftest import RecordedDetector
    drawn = tmp_path / 'drawn.pth'
    torch.save(dict(state_dict=demo_model.model.state_dict(),
                    meta=dict(dataset_meta=dict(dataset='Rendered'))), drawn)
    config = Config.fromfile(ROOT / 'configs/ous_demo.py')
    config.merge_from_dict(CHANGES)
    for checkpoint, expected in ((drawn, [REAL_FACE_WARNING]), (None, [])):
        warner = DFERInferencer(config, drawn, inferencer.detector) if checkpoint else inferencer
        assert warner(clip, progress=False)['predictions'][0]['warnings'] == []
        usual, warner.detector = warner.detector, RecordedDetector(carphone.frames, carphone.faces)
        try:
            [prediction] = warner(carphone.frames[:9], progress=False)['predictions']
        finally:
            warner.detector = usual
        assert prediction['warnings'] == expected
