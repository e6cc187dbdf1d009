"""Check of every clip of a dataset, in processes that may crash or hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Timer
from typing import Callable

WORKER = Path(__file__).with_name('check_worker.py')


@dataclass(frozen=True)
class ClipCheck:
    """Result of opening a clip.

    Args:
        frames (int): Number of frames that decode; 0 if the clip is unusable.
        size (list[int], optional): Height and width in pixels.
        fps (float, optional): Mean frame rate; None if the clip has none, as a folder of frames.
        reason (str, optional): Why the clip is unusable, and the remedy.
        unpaired (list[int], optional): Numbers of frames and of face crops without a partner, if
            the clip comes as a pair of folders.
        bytes (int, optional): Size of its files.
        digest (str, optional): Digest of its files, see :func:`clip_digest`.
    """

    frames: int = 0
    size: list[int] | None = None
    fps: float | None = None
    reason: str | None = None
    unpaired: list[int] | None = None
    bytes: int | None = None
    digest: str | None = None


class ClipChecker:
    """A worker process that opens clips.

    The process starts at the first clip, and again after each clip that it does not survive.

    Args:
        timeout (float): Seconds that a clip may take.
        worker (str | Path): Script that the process runs.
    """

    def __init__(self, timeout: float, worker: str | Path = WORKER) -> None:
        self.timeout = timeout
        self.worker = worker
        self.process: subprocess.Popen | None = None

    def check(self, path: str | Path) -> ClipCheck:
        """Open a clip and decode every frame of it.

        Args:
            path (str | Path): Video file or folder of frames.

        Returns:
            ClipCheck: The result, which says so if the decoder hangs or crashes.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(self.worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding='utf-8')
        # Only a kill stops a decoder that hangs in native code. It also ends the `readline` below.
        timer = Timer(self.timeout, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps(os.fspath(path)) + '\n')
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ''
        finally:
            hung = not timer.is_alive()
            timer.cancel()
        if answer:
            return ClipCheck(**json.loads(answer))
        code = self.close()
        failure = (f'hangs (killed after {self.timeout:g} s)' if hung else
                   f'crashes (exit code {code})')
        return ClipCheck(reason=f'the decoder {failure}. Fetch the file again or leave it out')

    def close(self) -> int | None:
        """End the process.

        Returns:
            int | None: The exit code of the process; None if no process runs.
        """
        process, self.process = self.process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def check_clips(paths: Sequence[str | Path],
                workers: int = 2,
                timeout: float = 60,
                on_done: Callable[[], None] = lambda: None) -> list[ClipCheck]:
    """Open every clip and decode every frame of it.

    Args:
        paths (Sequence[str | Path]): Video files or folders of frames.
        workers (int): Number of processes.
        timeout (float): Seconds that a clip may take before its process is killed.
        on_done (Callable[[], None]): Called after each clip.

    Returns:
        list[ClipCheck]: One result per path, in the order of the paths.
    """
    idle: SimpleQueue[ClipChecker] = SimpleQueue()
    checkers = [ClipChecker(timeout) for _ in range(workers)]
    for checker in checkers:
        idle.put(checker)

    def run(path: str | Path) -> ClipCheck:
        checker = idle.get()
        try:
            return checker.check(path)
        finally:
            idle.put(checker)

    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(run, path) for path in paths]
        for _ in as_completed(futures):
            on_done()
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for checker in checkers:
            checker.close()
