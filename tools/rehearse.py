"""Run the whole chain of a dataset on about 20 of its clips with a small OUS, in minutes.

The clips are checked, their faces found, and a model is trained for two epochs and tested. The
result means nothing; that it is there means that the dataset, the detector and CLIP's weights are
in place.
"""
import argparse
from pathlib import Path

from mmengine.config import Config

from ous_mmaction import command_line
from ous_mmaction.datasets.dfer_dataset import list_pipelines
from ous_mmaction.experiments.rehearsal import rehearsal_config
from ous_mmaction.experiments.stages import Stages

TOOLS = Path(__file__).parent
CONFIGS = TOOLS.parent / 'configs'
EXAMPLE = """example:
  python tools/rehearse.py dfew data/dfew
  python tools/rehearse.py mafw data/mafw \\
      --cfg-options model.backbone.clip_model.pretrained=vit_b32.safetensors
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('dataset', choices=['dfew', 'ferv39k', 'mafw'], help='name of the dataset')
    parser.add_argument('root', type=Path, help='folder that holds the dataset')
    parser.add_argument('--detector', default=str(CONFIGS / 'detectors' / 'mtcnn.py'),
                        metavar='CONFIG', help='mmdet config of the face detector; default: MTCNN')
    parser.add_argument('--detector-checkpoint', metavar='FILE', help='weights of the detector')
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/rehearsal/DATASET')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    work_dir = args.work_dir or Path('work_dirs', 'rehearsal', args.dataset)
    config = rehearsal_config(Config.fromfile(CONFIGS / f'ous_{args.dataset}.py'),
                              Config.fromfile(CONFIGS / 'ous_dfew_small.py'), args.root, work_dir)
    config.merge_from_dict(command_line.config_options(args))
    dataset = config.test_dataloader.dataset
    needs_faces = bool(dataset.get('boxes_file'))
    fold = ['--folds', str(dataset.fold)] if 'fold' in dataset else []
    stages = Stages(TOOLS, 3 + needs_faces, args.verbose)
    annotations, config_file = work_dir / 'annotations', work_dir / 'rehearsal.py'
    stages.run('prepare', 'prepare_dataset.py', args.dataset, str(args.root), *fold, '--small',
               '--out', str(annotations))
    list_pipelines(config)
    config.dump(config_file)
    if needs_faces:
        weights = args.detector_checkpoint
        stages.run('faces', 'extract_faces.py', args.detector,
                   *(['--checkpoint', weights] if weights else []), '--ann-files',
                   *map(str, sorted(annotations.glob('*.json'))), '--data-root', str(args.root),
                   '--out', str(work_dir / 'faces.jsonl'), '--sheet', str(work_dir / 'faces.png'))
    stages.run('train', 'train.py', str(config_file), '--work-dir', str(work_dir))
    stages.run('test', 'test.py', str(config_file), str(work_dir / 'epoch_2.pth'), '--work-dir',
               str(work_dir), '--dump', str(work_dir / 'predictions.csv'))
    seconds = ', '.join(f'{name} {value:.0f} s' for name, value in stages.seconds.items())
    print(f'\nThe chain runs ({seconds}). Results of so few clips mean nothing. Files: {work_dir}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
