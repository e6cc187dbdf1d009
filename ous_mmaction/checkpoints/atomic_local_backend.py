from __future__ import annotations

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from ..atomic_files import whole_file


@register_backend('atomic')
class AtomicLocalBackend(LocalBackend):
    """MMEngine's local files, written whole or not at all.

    ``CheckpointHook(backend_args=dict(backend='atomic'))`` thus never leaves half a checkpoint,
    whether the process is killed or the disk is full.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes; folders are created."""
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, 'wb') as file:
            file.write(obj)
