"""Test a checkpoint. The arguments are those of MMAction2's tools/test.py, and a few more."""
import argparse

from mmengine.model import is_model_wrapper

from ous_mmaction import command_line
from ous_mmaction.atomic_files import check_writable
from ous_mmaction.checkpoints import load_state_dict
from ous_mmaction.converters import read_for_config
from ous_mmaction.evaluation.dump_predictions import raise_dump_failures
from ous_mmaction.experiments.protocol import (
    add_protocol_arguments,
    add_trained_clips_argument,
    apply_protocol,
)

EXAMPLE = """example:
  python tools/test.py configs/ous_dfew.py work_dirs/ous_dfew_fold1/epoch_60.pth \\
      --dump predictions.json
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', metavar='FILE',
                        help='write the predictions as JSON or CSV, by the end of the name')
    add_protocol_arguments(parser)
    add_trained_clips_argument(parser)
    command_line.add_runner_arguments(parser)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    config = command_line.load_config(args)
    apply_protocol(config, args.fold, args.selection, args.bank)
    if args.dump:
        if not args.dump.endswith(('.json', '.csv')):
            raise ValueError(f'--dump {args.dump}: expected a file name that ends in .json '
                             'or .csv, because the predictions are written as JSON or CSV')
        check_writable(args.dump)
        evaluator = config.test_evaluator
        evaluator = list(evaluator) if isinstance(evaluator, (list, tuple)) else [evaluator]
        config.test_evaluator = [dict(type='DumpPredictions', out_file=args.dump), *evaluator]
    checkpoint = read_for_config(args.checkpoint, config,
                                 config.test_dataloader.dataset.get('fold'))
    if args.allow_trained_clips:
        config.default_hooks.trained_clips = dict(type='TrainedClipsHook', allow_test=True)
    runner = command_line.build_runner(config, args.verbose)
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    runner.call_hook('after_load_checkpoint', checkpoint=checkpoint)
    load_state_dict(model, checkpoint.get('state_dict', checkpoint), args.checkpoint)
    runner.test()
    raise_dump_failures(runner.test_evaluator.metrics)


if __name__ == '__main__':
    command_line.run(parse_args, main)
