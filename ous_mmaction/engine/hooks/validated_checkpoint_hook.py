from __future__ import annotations

from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from ...checkpoints import check_free_for, newest_checkpoint

DUE = 'validation_due'


@HOOKS.register_module()
class ValidatedCheckpointHook(CheckpointHook):
    """MMEngine's hook that keeps to the run's own files and makes up for a missed validation.

    MMEngine removes the previous best checkpoint by the path that the resumed checkpoint names,
    wherever that is, and a second run overwrites and removes the checkpoints of the first one in
    the same folder. With this hook, a run removes files in its own folder only, and a folder
    that holds checkpoints only takes the run that continues from one of them.

    MMEngine saves an epoch before it is validated. A run that is killed or fails in between would
    resume without that validation: the plateau schedule would miss an epoch, and the best
    checkpoint might never be saved. With this hook, such a checkpoint says that its validation is
    due, a run that resumes from it validates first, and an epoch is saved again after its
    validation. The arguments are those of ``CheckpointHook``.

    Raises:
        ValueError: If training starts in a folder that holds checkpoints of another run.
    """

    def before_train(self, runner: Runner) -> None:
        """Validate first if the checkpoint from which the run resumes was not validated.

        Args:
            runner (Runner): MMEngine's runner.
        """
        super().before_train(runner)
        resumed = runner._resume and (runner._load_from or newest_checkpoint(runner.work_dir))
        check_free_for(self.out_dir, resumed or None)
        self._keep_to_own_folder()
        last = runner.message_hub.runtime_info.get('last_ckpt')
        self.last_ckpt = last and self._own_path(last)
        if runner.message_hub.runtime_info.get(DUE) and runner.val_loop is not None:
            runner.logger.info(f'Validating epoch {runner.epoch}, which was saved without '
                               'validation')
            runner.val_loop.run()

    def _keep_to_own_folder(self) -> None:
        """Look for the previous best checkpoint in the run's folder, which may have been moved."""
        if getattr(self, 'best_ckpt_path', None):
            self.best_ckpt_path = self._own_path(self.best_ckpt_path)
        paths = getattr(self, 'best_ckpt_path_dict', {})
        paths.update({key: self._own_path(path) for key, path in paths.items() if path})

    def _own_path(self, path: str) -> str:
        return self.file_backend.join_path(self.out_dir, Path(path).name)

    def after_train_epoch(self, runner: Runner) -> None:
        """Save the epoch and record whether its validation is due.

        Args:
            runner (Runner): MMEngine's runner.
        """
        runner.message_hub.update_info(DUE, _validates_this_epoch(runner))
        super().after_train_epoch(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict) -> None:
        """Save the epoch again, now that it is validated.

        Args:
            runner (Runner): MMEngine's runner.
            metrics (dict): Results of the validation.
        """
        due = runner.message_hub.runtime_info.get(DUE)
        runner.message_hub.update_info(DUE, False)
        super().after_val_epoch(runner, metrics)
        name = self.filename_tmpl.format(runner.epoch)
        if due and self.last_ckpt == self.file_backend.join_path(self.out_dir, name):
            self._save_checkpoint_with_step(
                runner, runner.epoch, meta=dict(epoch=runner.epoch, iter=runner.iter))


def _validates_this_epoch(runner: Runner) -> bool:
    """Whether MMEngine's epoch loop validates the epoch that has just been trained."""
    loop, epoch = runner.train_loop, runner.epoch + 1
    return (runner.val_loop is not None and epoch >= loop.val_begin
            and (epoch % loop.val_interval == 0 or epoch == loop.max_epochs))
