"""Start a tool in several processes by torch's launcher, which is quiet if they fail.

The tool has said in one line what is wrong. Torch would add a traceback of its own.
"""
import logging
import sys

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import parse_args, run


def main() -> None:
    logging.disable(logging.ERROR)
    try:
        run(parse_args(sys.argv[1:]))
    except ChildFailedError as error:
        rank, failure = min(error.failures.items(), key=lambda item: item[1].timestamp)
        if failure.exitcode < 0:
            sys.exit(f'error: process {rank} was killed by signal {-failure.exitcode}, perhaps for '
                     'lack of memory. Nothing that is saved is lost')
        sys.exit(failure.exitcode)
    except (SignalException, KeyboardInterrupt):
        sys.exit(130)


if __name__ == '__main__':
    main()
