"""Open a page that shows the emotions of the people in a film, or before a camera."""
from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
from pathlib import Path

import torch

from ous_mmaction import command_line
from ous_mmaction.apis import DFERInferencer
from ous_mmaction.apis.app_session import AppLimits
from ous_mmaction.apis.app_sessions import AppSessions
from ous_mmaction.apis.known_detectors import add_detector_arguments, chosen_detector

EXAMPLE = """example:
  python tools/app.py --config configs/ous_demo.py --checkpoint work_dirs/demo/epoch_12.pth \\
      --detector demo
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--config', required=True, help='config that the model was trained with')
    parser.add_argument('--checkpoint', required=True, help='its checkpoint')
    add_detector_arguments(parser)
    parser.add_argument('--max-mb', type=float, default=AppLimits.megabytes, metavar='N',
                        help='greatest size of a film in megabytes; default: %(default)s')
    parser.add_argument('--max-seconds', type=float, default=AppLimits.seconds, metavar='N',
                        help='greatest length of a film in seconds; default: %(default)s')
    parser.add_argument('--host', default='127.0.0.1',
                        help='address to serve; 0.0.0.0 lets other machines in, without a '
                             'password; default: %(default)s')
    parser.add_argument('--port', type=int, default=7860, help='default: %(default)s')
    parser.add_argument('--device', default='cuda:0' if torch.cuda.is_available() else 'cpu',
                        help='default: a GPU if there is one')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix='ous_mmaction_app_') as folder:
        os.environ['GRADIO_TEMP_DIR'] = folder  # all uploads go with it
        try:
            from ous_mmaction.apis.app_page import build_page, launch_options
        except ModuleNotFoundError as error:
            raise ValueError(f"The page needs {error.name}. Run pip install -e '.[app]'") from None
        inferencer = DFERInferencer(command_line.read_config(args), args.checkpoint,
                                    device=args.device, **chosen_detector(args))
        sessions = AppSessions(inferencer, Path(folder) / 'sessions',
                               AppLimits(args.max_mb, args.max_seconds))
        page = build_page(sessions)
        page.launch(server_name=args.host, server_port=args.port, quiet=True,
                    prevent_thread_lock=True, **launch_options(sessions))
        print(f'The page is at http://{args.host}:{args.port}. Stop it with Ctrl-C', flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the files go
        try:
            threading.Event().wait()
        finally:
            page.close(verbose=False)


if __name__ == '__main__':
    command_line.run(parse_args, main)
