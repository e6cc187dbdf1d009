from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..atomic_files import write_atomically
from ..checkpoints import check_free_for
from ..checks import first_difference


@dataclass
class Experiment:
    """One run: a config to train and test, and a folder for its results.

    Args:
        name (str): Name in tables and messages.
        config (Config): What to train and test.
        work_dir (Path): Folder of this run only. ``experiment.json`` in it describes the run;
            ``predictions.json`` and ``result.json`` appear when the run is done.
        checkpoint (str): Checkpoint to test: ``'best'`` is the one that the config's ``save_best``
            chose, ``'last'`` that of the last epoch. Defaults to ``'best'``.
    """

    name: str
    config: Config
    work_dir: Path
    checkpoint: str = 'best'

    @property
    def result_file(self) -> Path:
        """File that exists if the run is done."""
        return self.work_dir / 'result.json'

    def claim_folder(self) -> None:
        """Write ``experiment.json``, or check that the folder already belongs to this experiment.

        Raises:
            ValueError: If the folder holds another experiment, or a run that is none.
        """
        path = self.work_dir / 'experiment.json'
        content = json.loads(json.dumps(dict(config=self.config.to_dict(),
                                             checkpoint=self.checkpoint)))
        if not path.exists():
            check_free_for(self.work_dir, None)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, [json.dumps(content, indent=1)])
            return
        previous = json.loads(path.read_text())
        if previous != content:
            key, _, _ = first_difference(previous, content)
            raise ValueError(f'{path.parent}: the folder holds a run with another `{key}`. Choose '
                             'another --work-dir, or delete the folder')
