from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...checkpoints import add_clips, check_same_clips, check_unseen_clips, clips_of
from ...datasets.clips_of_dataset import clips_of_dataset


@HOOKS.register_module()
class TrainedClipsHook(Hook):
    """Hook that writes into checkpoints which clips they were trained on, and checks it.

    A run is resumed only with the clips that it began with. A checkpoint is not tested on clips
    that it, or the checkpoint that it started from, was trained on. Checkpoints that do not say
    which clips these are, such as those of version 0.1.0, are accepted with a warning.

    Args:
        allow_test (bool): Whether a checkpoint may be tested on clips that it was trained on.
            Defaults to False.
    """

    def __init__(self, allow_test: bool = False) -> None:
        self.allow_test = allow_test
        self._has_loaded = False
        self._loaded: dict | None = None
        self._trained: dict | None = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep what the checkpoint says about its clips.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            checkpoint (dict): Loaded checkpoint.
        """
        self._has_loaded, self._loaded = True, clips_of(checkpoint)

    def before_train(self, runner: Runner) -> None:
        """Collect the clips of the training, and compare them with those of a resumed checkpoint.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If the resumed checkpoint was trained on other clips.
        """
        own = clips_of_dataset(runner.train_dataloader.dataset)
        if own is None:
            return
        if runner._resume and self._is_known(runner):
            check_same_clips(own, self._loaded)
        self._trained = add_clips(own, self._loaded)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the clips.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            checkpoint (dict): Checkpoint that is about to be saved, changed in place.
        """
        if self._trained is not None:
            checkpoint['meta']['trained_clips'] = self._trained

    def before_test(self, runner: Runner) -> None:
        """Compare the clips of the test with those of the checkpoint.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If the checkpoint was trained on clips of the test.
        """
        if self.allow_test or not self._is_known(runner):
            return
        tested = clips_of_dataset(runner.test_dataloader.dataset)
        if tested is not None:
            check_unseen_clips(tested, self._loaded)

    def _is_known(self, runner: Runner) -> bool:
        """Whether the loaded checkpoint names its clips; warns if it does not."""
        if self._has_loaded and self._loaded is None:
            runner.logger.warning('The checkpoint does not say which clips it was trained on, so '
                                  'that they are not compared with those of the config')
        return self._loaded is not None
