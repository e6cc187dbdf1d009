"""Draw the figures of a trained model as PNG and PDF, and write their numbers as JSON.

CONFIG and CHECKPOINT give, in one pass over the test set, the confusion matrix, the clusters of the
features before the neck, after the neck and after the fusion, and the attention of the learned
queries. --log gives the course of the losses. --predictions gives the confusion matrix without a
model.
"""
import argparse
from pathlib import Path

import torch

from ous_mmaction import command_line
from ous_mmaction.apis import init_model
from ous_mmaction.atomic_files import check_writable
from ous_mmaction.evaluation.functional import confusion_matrix
from ous_mmaction.evaluation.predictions import pooled_confusion
from ous_mmaction.evaluation.training_log import read_training_log
from ous_mmaction.experiments import figures
from ous_mmaction.experiments.observation import observe
from ous_mmaction.experiments.protocol import (
    add_protocol_arguments,
    add_trained_clips_argument,
    apply_protocol,
)

EXAMPLE = """examples:
  python tools/figures.py configs/ous_dfew.py work_dirs/ous_dfew_fold1/epoch_60.pth \\
      --bank data/dfew/features --log work_dirs/ous_dfew_fold1 --out-dir figures
  python tools/figures.py --predictions fold1.json fold2.json --out-dir figures
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', nargs='?', help='config that the model was trained with')
    parser.add_argument('checkpoint', nargs='?', help='its checkpoint')
    parser.add_argument('--log', metavar='WORK_DIR', help='work dir of a training, or a '
                                                          'scalars.json in it')
    parser.add_argument('--predictions', nargs='+', metavar='FILE.json',
                        help='files that tools/test.py --dump wrote; the folds of one dataset are '
                             'pooled')
    parser.add_argument('--out-dir', required=True, type=Path, help='folder of the figures')
    add_protocol_arguments(parser)
    add_trained_clips_argument(parser)
    parser.add_argument('--device', default='cuda:0' if torch.cuda.is_available() else 'cpu',
                        help='default: a GPU if there is one')
    command_line.add_option_arguments(parser)
    args = parser.parse_args()
    if args.config and not args.checkpoint:
        parser.error('CONFIG needs a CHECKPOINT')
    if args.config and args.predictions:
        parser.error('the confusion matrix comes from CHECKPOINT or from --predictions, not both')
    unread = [name for name in ('fold', 'selection', 'bank', 'allow_trained_clips', 'data_root',
                                'cfg_options') if getattr(args, name)]
    if unread and not args.config:
        parser.error(f'--{unread[0].replace("_", "-")} is only read with CONFIG and CHECKPOINT')
    if not (args.config or args.predictions or args.log):
        parser.error('expected CONFIG and CHECKPOINT, --log or --predictions')
    return args


def main(args: argparse.Namespace) -> None:
    check_writable(args.out_dir / 'figures')
    lines = []
    if args.log:
        lines.append(figures.write_losses(read_training_log(args.log), args.out_dir))
    if args.predictions:
        classes, confusion = pooled_confusion(args.predictions)
        lines.append(figures.write_confusion(confusion, classes, args.out_dir))
    if args.config:
        config = command_line.read_config(args)
        apply_protocol(config, args.fold, args.selection, args.bank)
        model = init_model(config, args.checkpoint, args.device)
        seen = observe(model, args.allow_trained_clips)
        confusion = confusion_matrix(seen.predictions, seen.labels, len(seen.classes))
        lines.append(figures.write_confusion(confusion, seen.classes, args.out_dir))
        if seen.attention is not None:
            lines.append(figures.write_attention(seen, args.out_dir))
        elif seen.features:
            lines.append('no attention figure: the head has no MCFE')
        if seen.features:
            lines.append(figures.write_clusters(seen, args.out_dir))
        else:
            lines.append(f'no figures of clusters and attention: {type(model).__name__} with '
                         f'{type(model.cls_head).__name__} gives no features by stage')
    print('\n'.join([*lines, f'figures in {args.out_dir}']))


if __name__ == '__main__':
    command_line.run(parse_args, main)
