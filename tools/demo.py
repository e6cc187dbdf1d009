"""Run OUS on the rendered benchmark, from rendering to figures. Finished work is kept.

Every stage runs one of the tools as the command that it prints would, in a process of its own that
need not import the package again.
"""
from __future__ import annotations

import argparse
import json
from importlib import metadata
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.evaluation.functional import class_recalls, uar, war
from ous_mmaction.evaluation.predictions import confusion_of, read_predictions
from ous_mmaction.experiments.single_run import chosen_checkpoint
from ous_mmaction.experiments.stages import Stages
from ous_mmaction.visualization.benchmark_sheet import draw_benchmark_sheet

PACKAGES = ('torch', 'torchvision', 'mmengine', 'mmaction2', 'mmdet', 'open_clip_torch', 'numpy',
            'ous_mmaction')
CONFIG = 'configs/ous_demo.py'
EXAMPLE = """example:
  python tools/demo.py --work-dir work_dirs/demo
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--data-root', default='data/rendered', help='folder of the rendered clips')
    parser.add_argument('--work-dir', default='work_dirs/demo', help='folder of the results')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    data, work = Path(args.data_root), Path(args.work_dir)
    work.mkdir(parents=True, exist_ok=True)
    splits = [str(data / 'annotations' / f'fold1_{split}.json') for split in ('train', 'test')]
    folders = ['--data-root', str(data), '--work-dir', str(work)]
    predictions, blind = work / 'predictions.json', work / 'predictions_blank_scene.json'

    stages = Stages(Path(__file__).parent, 7, args.verbose)
    stages.run('render', 'render_benchmark.py', str(data))
    stages.run('prepare', 'prepare_dataset.py', 'dfew', str(data), '--folds', '1')
    stages.run('faces', 'extract_faces.py', 'configs/detectors/yolox_demo.py', '--checkpoint',
               'ous_mmaction/rendered/weights/face_detector.pth', '--ann-files', *splits,
               '--data-root', str(data), '--out', str(data / 'faces.jsonl'))
    stages.run('train', 'train.py', CONFIG, '--resume', '--selection', 'holdout', *folders)
    checkpoint = chosen_checkpoint(work, 'best')
    stages.run('test', 'test.py', CONFIG, checkpoint, '--dump', str(predictions), *folders)
    stages.run('test with a blank scene', 'test.py', CONFIG, checkpoint, '--dump', str(blind),
               *folders, '--cfg-options', 'test_dataloader.dataset.pipeline.split.scene=blank')
    stages.run('figures', 'figures.py', CONFIG, checkpoint, '--data-root', str(data),
               '--log', str(work), '--out-dir', str(work))

    classes, by_clip = read_predictions(predictions)
    confusion = confusion_of(classes, by_clip)
    blind_confusion = confusion_of(*read_predictions(blind))
    draw_benchmark_sheet(data, by_clip, work / 'clips.png')

    ceilings = json.loads((data / 'benchmark.json').read_text())['ceilings']
    summary = dict(
        UAR=uar(confusion), WAR=war(confusion),
        face_only_ceiling=ceilings['face_only'], scene_only_ceiling=ceilings['scene_only'],
        UAR_blank_scene=uar(blind_confusion), WAR_blank_scene=war(blind_confusion),
        recalls=dict(zip(classes, class_recalls(confusion).tolist())),
        test_clips=int(confusion.sum()), checkpoint=checkpoint, seconds=stages.seconds,
        versions={name: metadata.version(name) for name in PACKAGES})
    (work / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
    print(f"""
                          UAR     WAR
OUS                      {summary['UAR']:.3f}   {summary['WAR']:.3f}
OUS, scene blanked       {summary['UAR_blank_scene']:.3f}   {summary['WAR_blank_scene']:.3f}
face-only ceiling        {ceilings['face_only']:.3f}   {ceilings['face_only']:.3f}
scene-only ceiling       {ceilings['scene_only']:.3f}   {ceilings['scene_only']:.3f}

These are the results on {summary['test_clips']} rendered test clips, not those of the paper.
Results: {work}/summary.json
Figures: {work}/*.png and *.pdf; the test clips with their predictions: {work}/clips.png""")


if __name__ == '__main__':
    command_line.run(parse_args, main)
