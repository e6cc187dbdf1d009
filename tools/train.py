"""Train a recognizer. The arguments are those of MMAction2's tools/train.py, and a few more."""
import argparse

import torch

from ous_mmaction import command_line
from ous_mmaction.checkpoints import check_free_for, newest_checkpoint
from ous_mmaction.experiments.protocol import add_protocol_arguments, apply_protocol, verify_reads

EXAMPLE = """example:
  python tools/train.py configs/ous_dfew.py --cfg-options train_dataloader.batch_size=16
  python tools/train.py configs/ous_dfew.py --fold 2 --bank data/dfew/features --resume
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config file')
    parser.add_argument('--resume', nargs='?', const='auto', metavar='CHECKPOINT',
                        help='continue from a checkpoint; default: the newest in the work dir')
    parser.add_argument('--amp', action='store_true', help='train with mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='train without validation')
    parser.add_argument('--auto-scale-lr', action='store_true',
                        help='scale the learning rate with the total batch size')
    parser.add_argument('--verify', action='store_true',
                        help='compare each clip, on its first read, with the digest that '
                             'tools/prepare_dataset.py recorded')
    parser.add_argument('--seed', type=int, help='random seed')
    parser.add_argument('--diff-rank-seed', action='store_true',
                        help='use a different seed on every rank')
    parser.add_argument('--deterministic', action='store_true', help='make cuDNN deterministic')
    add_protocol_arguments(parser)
    command_line.add_runner_arguments(parser)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    config = command_line.load_config(args)
    apply_protocol(config, args.fold, args.selection, args.bank)
    if args.verify:
        verify_reads(config)
    if args.resume:
        checkpoint = newest_checkpoint(config.work_dir) if args.resume == 'auto' else args.resume
        if checkpoint is not None:
            config.resume, config.load_from = True, checkpoint
    check_free_for(config.work_dir, config.load_from if config.get('resume') else None)
    if args.amp and not torch.cuda.is_available():
        raise ValueError('--amp: mixed precision needs a GPU, and this machine has none. Leave it '
                         'out')
    if args.amp:
        config.optim_wrapper.type = 'AmpOptimWrapper'
        config.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.no_validate:
        config.val_cfg = config.val_dataloader = config.val_evaluator = None
        # Without validation there is no metric for the schedule or the best checkpoint.
        config.param_scheduler = None
        config.default_hooks.checkpoint.save_best = None
    if args.auto_scale_lr:
        config.auto_scale_lr.enable = True
    config.setdefault('randomness', {})
    for key in ('diff_rank_seed', 'deterministic'):
        if getattr(args, key):
            config.randomness[key] = True
    if args.seed is not None:
        config.randomness.seed = args.seed
    command_line.build_runner(config, args.verbose).train()


if __name__ == '__main__':
    command_line.run(parse_args, main)
