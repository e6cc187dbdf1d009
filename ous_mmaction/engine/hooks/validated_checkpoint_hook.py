from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook

DUE = 'validation_due'


@HOOKS.register_module()
class ValidatedCheckpointHook(CheckpointHook):
    """MMEngine's hook, but a resumed run makes up for a validation that did not take place.

    MMEngine saves an epoch before it is validated. A run that ends in between, killed or by an
    error, would go on without that validation: the plateau schedule would have missed an epoch and
    the best checkpoint might never be saved. Here such a checkpoint says so, a run that resumes
    from it validates first, and an epoch is saved again after its validation. Arguments are those
    of ``CheckpointHook``.
    """

    def before_train(self, runner) -> None:
        super().before_train(runner)
        self.last_ckpt = runner.message_hub.runtime_info.get('last_ckpt')
        if runner.message_hub.runtime_info.get(DUE) and runner.val_loop is not None:
            runner.logger.info(f'Validating epoch {runner.epoch}, which was saved without')
            runner.val_loop.run()

    def after_train_epoch(self, runner) -> None:
        runner.message_hub.update_info(DUE, _is_validated(runner))
        super().after_train_epoch(runner)

    def after_val_epoch(self, runner, metrics: dict) -> None:
        due = runner.message_hub.runtime_info.get(DUE)
        runner.message_hub.update_info(DUE, False)
        super().after_val_epoch(runner, metrics)
        name = self.filename_tmpl.format(runner.epoch)
        if due and self.last_ckpt == self.file_backend.join_path(self.out_dir, name):
            self._save_checkpoint_with_step(
                runner, runner.epoch, meta=dict(epoch=runner.epoch, iter=runner.iter))


def _is_validated(runner) -> bool:
    """Whether MMEngine's epoch loop validates the epoch that has just been trained."""
    loop, epoch = runner.train_loop, runner.epoch + 1
    return (runner.val_loop is not None and epoch >= loop.val_begin
            and (epoch % loop.val_interval == 0 or epoch == loop.max_epochs))
