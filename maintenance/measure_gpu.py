"""Check and measure everything that needs a GPU, in pieces of at most nine minutes."""
import argparse
import datetime
import json
from pathlib import Path

import torch

from maintenance.gpu import PIECES, GPUBench, write_section
from maintenance.gpu.pieces import device_name
from ous_mmaction import command_line
from ous_mmaction.atomic_files import write_atomically
from ous_mmaction.progress import progress_bar

ROOT = Path(__file__).parents[1]
EXAMPLE = """examples:
  python -m maintenance.measure_gpu parity ddp extraction --out work_dirs/gpu
  python -m maintenance.measure_gpu training faces fold --out work_dirs/gpu
  python -m maintenance.measure_gpu report --out work_dirs/gpu
A piece whose file is in the folder is not run again; fold goes on until its 60 epochs are done.
docs/gpu.md lists what a machine without network needs.
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('pieces', nargs='+', choices=[*PIECES, 'all', 'report'], metavar='PIECE',
                        help=f'{", ".join(PIECES)}; all; or report, which writes the GPU section '
                             'of docs/benchmarks.md')
    parser.add_argument('--out', required=True, type=Path, metavar='DIR',
                        help='folder for one JSON file per piece')
    parser.add_argument('--device', default='cuda', help='default: %(default)s')
    parser.add_argument('--seconds', type=float, default=10., metavar='N',
                        help='how long each rate is measured; fold trains 30 times as long; '
                             'default: %(default)s')
    parser.add_argument('--tiny', action='store_true',
                        help='run everything at a tiny size, to try it out')
    parser.add_argument('--page', type=Path, default=ROOT / 'docs' / 'benchmarks.md',
                        help='page that report writes to; default: docs/benchmarks.md')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    if args.pieces == ['report']:
        write_section(args.out, args.page)
        print(f'{args.page}: the GPU section is written')
        return
    if args.device != 'cpu' and not torch.cuda.is_available():
        raise ValueError('torch finds no GPU. Run this on a machine that has one, or try it out '
                         'with --device cpu --tiny')
    names = list(PIECES) if 'all' in args.pieces else [n for n in args.pieces if n != 'report']
    for name in progress_bar(names, desc='pieces'):
        path = args.out / f'{name}.json'
        if path.exists() and not _goes_on(json.loads(path.read_text())):
            continue
        seconds = 30 * args.seconds if name == 'fold' else args.seconds
        bench = GPUBench(ROOT / 'configs', args.out, args.device, seconds, args.tiny)
        result = dict(PIECES[name](bench), device=device_name(bench), torch=torch.__version__,
                      tiny=args.tiny, date=str(datetime.date.today()))
        write_atomically(path, [json.dumps(result, indent=1)])
        print(f'{name}: {json.dumps(result)}', flush=True)
    if 'report' in args.pieces:
        write_section(args.out, args.page)


def _goes_on(result: dict) -> bool:
    """Whether a piece was stopped by its time, and goes on."""
    return result.get('epochs', 0) < result.get('of', 0)


if __name__ == '__main__':
    command_line.run(parse_args, main)
