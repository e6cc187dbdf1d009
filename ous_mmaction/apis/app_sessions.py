from __future__ import annotations

import shutil
from pathlib import Path
from threading import Lock

from .app_session import AppLimits, AppSession
from .inferencer import DFERInferencer


class AppSessions:
    """The users of the page, each with a folder that is deleted when the user leaves.

    Args:
        inferencer (DFERInferencer): Shared by all users.
        folder (str | Path): Folder for the folders of the users.
        limits (AppLimits): What is accepted.
    """

    def __init__(self, inferencer: DFERInferencer, folder: str | Path, limits: AppLimits) -> None:
        self.inferencer, self.folder, self.limits = inferencer, Path(folder), limits
        self._sessions: dict[str, AppSession] = {}
        self._uploads: dict[str, set[Path]] = {}
        self._lock = Lock()

    def get(self, key: str) -> AppSession:
        """Return the session of a user, a new one if there is none."""
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = AppSession(self.inferencer, self.folder / key, self.limits)
                self._uploads[key] = set()
            return self._sessions[key]

    def note_upload(self, key: str, upload: str | Path) -> None:
        """Remember an uploaded file, which goes when the last user who uploaded it leaves."""
        self.get(key)
        with self._lock:
            self._uploads[key].add(Path(upload))

    def close(self, key: str) -> None:
        """Delete all files of a user who left."""
        with self._lock:
            session = self._sessions.pop(key, None)
            uploads = self._uploads.pop(key, set()) - set().union(*self._uploads.values())
        if session is not None:
            session.close()
        for upload in uploads:
            # The server puts each upload into a folder of its own.
            shutil.rmtree(upload.parent, ignore_errors=True)
