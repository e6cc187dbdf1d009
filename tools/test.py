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
from ous_mmaction.visualization.prediction_sheet_hook import PredictionSheetHook, check_drawable

EXAMPLE = """example:
  python tools/test.py configs/ous_dfew.py work_dirs/ous_dfew_fold1/epoch_60.pth \\
      --dump predictions.json
  python tools/test.py configs/ous_dfew.py CHECKPOINT --show-dir clips --interval 100
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', metavar='FILE',
                        help='write the predictions as JSON or CSV, by the end of the name')
    parser.add_argument('--show', action='store_true', help='show the clips in windows')
    parser.add_argument('--show-dir', metavar='DIR',
                        help='draw the clips as the model saw them, with label and prediction')
    parser.add_argument('--interval', type=command_line.positive, default=1,
                        help='with --show or --show-dir, draw every n-th clip; default: 1')
    parser.add_argument('--wait-time', type=float, default=2,
                        help='seconds that a window of --show stays; default: 2; 0 waits for the '
                             'space key')
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
    if args.show or args.show_dir:
        check_drawable(config, args.show, args.show_dir)
    runner = command_line.build_runner(config, args.verbose)
    if args.show or args.show_dir:
        runner.register_hook(PredictionSheetHook(args.show_dir, args.show, args.interval,
                                                 args.wait_time))
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    runner.call_hook('after_load_checkpoint', checkpoint=checkpoint)
    load_state_dict(model, checkpoint.get('state_dict', checkpoint), args.checkpoint)
    runner.test()
    raise_dump_failures(runner.test_evaluator.metrics)


if __name__ == '__main__':
    command_line.run(parse_args, main)
