from __future__ import annotations

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from ..atomic_files import whole_file


@register_backend('atomic')
class AtomicLocalBackend(LocalBackend):
    """MMEngine's backend for local files, which writes them whole or not at all.

    With it, ``CheckpointHook(backend_args=dict(backend='atomic'))`` never leaves half a checkpoint,
    even if the process is killed or the disk is full.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file and create its folder if needed.

        Args:
            obj (bytes): Content of the file.
            filepath (str | Path): File to write.

        Raises:
            OSError: If the file cannot be written. The previous file stays as it was.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, 'wb') as file:
            file.write(obj)
