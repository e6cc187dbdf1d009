from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook


@HOOKS.register_module()
class ValidatedCheckpointHook(CheckpointHook):
    """MMEngine's hook, but an epoch that is validated is saved after its validation.

    MMEngine saves before. A run that is killed in between would go on without that validation:
    the plateau schedule would have missed an epoch and the best checkpoint might never be saved.
    Here such a run trains the epoch again. Arguments are those of ``CheckpointHook``.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._due = False

    def after_train_epoch(self, runner) -> None:
        if not _is_validated(runner):
            super().after_train_epoch(runner)
            return
        self._due = self.by_epoch and (
            self.every_n_epochs(runner, self.interval, self.save_begin)
            or self.save_last and self.is_last_train_epoch(runner))

    def after_val_epoch(self, runner, metrics: dict) -> None:
        super().after_val_epoch(runner, metrics)
        name = self.filename_tmpl.format(runner.epoch)
        # A new best checkpoint has saved the epoch already.
        saved = self.last_ckpt == self.file_backend.join_path(self.out_dir, name)
        if self._due and not saved:
            runner.logger.info(f'Saving checkpoint at {runner.epoch} epochs')
            self._save_checkpoint_with_step(
                runner, runner.epoch, meta=dict(epoch=runner.epoch, iter=runner.iter))
        self._due = False


def _is_validated(runner) -> bool:
    """Whether MMEngine's epoch loop validates the epoch that has just been trained."""
    loop, epoch = runner.train_loop, runner.epoch + 1
    return (runner.val_loop is not None and epoch >= loop.val_begin
            and (epoch % loop.val_interval == 0 or epoch == loop.max_epochs))
