"""Tables say what part of a dataset they rest on, and whether they can be compared."""
import json

import pytest
from mmengine.config import Config

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.readers.ferv39k import CLASSES, PUBLISHED
from ous_mmaction.experiments.coverage import describe_coverage
from ous_mmaction.experiments.cross_validation import cross_validate


def annotate(root, dataset, fold, counts):
    """Annotations of a fold with so many clips per class in training and test."""
    (root / 'annotations').mkdir(exist_ok=True)
    for split, of_classes in counts.items():
        labels = [label for label, count in enumerate(of_classes) for _ in range(count)]
        metainfo = dict(dataset=dataset, classes=list(CLASSES), split=split)
        name = split
        if fold is not None:
            metainfo['fold'], name = fold, f'fold{fold}_{split}'
        write_annotation(root / f'annotations/{name}.json', metainfo, [
            dict(clip_id=f'{fold}{split}{i}', filename=f'{i}.mp4', total_frames=8, label=label)
            for i, label in enumerate(labels)])


def config_of(name, root, fold=None):
    config = Config.fromfile(f'configs/{name}.py')
    for loader in ('train', 'val', 'test'):
        config[f'{loader}_dataloader'].dataset.data_root = str(root)
        if fold is not None:
            config[f'{loader}_dataloader'].dataset.fold = fold
    return config


@pytest.mark.parametrize('lost', [0, 1])
def test_the_whole_of_a_dataset_can_be_compared(tmp_path, lost):
    """FERV39k as published, and without one of its test clips."""
    counts = {split: list(of_classes) for split, of_classes in PUBLISHED.items()}
    counts['test'][2] -= lost
    annotate(tmp_path, 'FERV39k', None, counts)
    coverage = describe_coverage([config_of('ous_ferv39k', tmp_path)])
    assert coverage.statement == (
        f'train clips found / published: 31088 / 31088; test clips found / published: {7847 - lost}'
        ' / 7847; one official split; selection: test; input: pixels')
    assert coverage.warning == lost * (
        'CANNOT BE COMPARED WITH PUBLISHED RESULTS: test has 7846 of 7847 clips')


def test_missing_folds_and_clips_are_said_in_the_first_line(tmp_path):
    """Two folds of DFEW with few clips, whose runs are done already."""
    for fold in (1, 2):
        annotate(tmp_path, 'DFEW', fold, dict(train=[2] * 7, test=[1] * 7))
        folder = tmp_path / f'work/fold{fold}'
        folder.mkdir(parents=True)
        (folder / 'result.json').write_text(json.dumps(dict(
            UAR=1., WAR=1., clips=7, epoch=1, epochs=1, selection='test', checkpoint='best')))
        (folder / 'predictions.json').write_text(json.dumps(dict(classes=CLASSES, predictions=[
            dict(clip_id=str(i), label=i, prediction=i) for i in range(7)])))
    cross_validate(config_of('ous_dfew', tmp_path), [1, 2], tmp_path / 'work')
    line = ('CANNOT BE COMPARED WITH PUBLISHED RESULTS: folds 3, 4, 5 of 5 are missing; fold 1 '
            'train has 14 of 9356 clips; fold 1 test has 7 of 2341 clips; fold 2 train')
    first = {suffix: (tmp_path / f'work/results.{suffix}').read_text()
             for suffix in ('md', 'tex', 'json')}
    assert first['md'].startswith(f'**{line}') and first['md'].count(line) == 2
    assert first['tex'].startswith(f'% {line}') and first['tex'].count(rf'\caption{{{line}') == 2
    assert first['json'].splitlines()[1].startswith(f' "warning": "{line}')
    for text in first.values():
        assert ('train clips found / published: 28 / 18712; test clips found / published: 14 / '
                '4682; folds: 1, 2 of 5; selection: test; input: pixels') in text
