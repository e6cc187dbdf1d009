"""The rehearsal runs every command of the chain on a few clips."""
import pytest

from ous_mmaction.evaluation.predictions import read_predictions


@pytest.mark.full
def test_rehearsal(run_tool, rendered, tmp_path, capfd):
    """On the rendered clips, which have DFEW's layout, with the demo's detector and CLIP."""
    code, output = run_tool(
        'rehearse.py', 'dfew', rendered, '--work-dir', tmp_path, '--detector',
        'configs/detectors/yolox_demo.py', '--detector-checkpoint',
        'ous_mmaction/rendered/weights/face_detector.pth', '--cfg-options',
        'model.backbone.clip_model.name=vit_demo', 'model.backbone.clip_model.pretrained=rendered',
        'model.neck.in_channels=128', 'model.neck.tap_channels=128',
        *(f'{loader}_dataloader.dataset.pipeline.split.size=64'
          for loader in ('train', 'val', 'test')))
    assert code == 0 and 'The chain runs (prepare' in output
    classes, clips = read_predictions(tmp_path / 'predictions.csv')
    assert len(clips) == 10 and {entry['label'] for entry in clips.values()} == set(range(7))
    assert not (rendered / 'annotations_small').exists()
    assert (tmp_path / 'faces.png').exists()
