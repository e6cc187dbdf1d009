"""Test a checkpoint. The arguments are those of MMAction2's tools/test.py, and a few more."""
import argparse

from mmengine.model import is_model_wrapper

from ous_mmaction import command_line
from ous_mmaction.checkpoints import load_state_dict, read_state_dict
from ous_mmaction.experiments.protocol import add_protocol_arguments, apply_protocol

EXAMPLE = """example:
  python tools/test.py configs/ous_dfew.py work_dirs/ous_dfew/epoch_60.pth --dump predictions.json
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', metavar='FILE',
                        help='write the predictions as JSON or CSV, by the end of the name')
    add_protocol_arguments(parser)
    command_line.add_runner_arguments(parser)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    config = command_line.load_config(args)
    apply_protocol(config, args.fold, args.selection, args.bank)
    state_dict = read_state_dict(args.checkpoint)
    if args.dump:
        if not args.dump.endswith(('.json', '.csv')):
            raise ValueError(f'--dump {args.dump}: expected a file name that ends in .json '
                             'or .csv, because the predictions are written as JSON or CSV')
        evaluator = config.test_evaluator
        evaluator = list(evaluator) if isinstance(evaluator, (list, tuple)) else [evaluator]
        config.test_evaluator = [dict(type='DumpPredictions', out_file=args.dump), *evaluator]
    runner = command_line.build_runner(config, args.verbose)
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    load_state_dict(model, state_dict, args.checkpoint)
    runner.test()


if __name__ == '__main__':
    command_line.run(parse_args, main)
