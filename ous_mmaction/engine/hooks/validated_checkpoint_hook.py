from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

DUE = 'validation_due'


@HOOKS.register_module()
class ValidatedCheckpointHook(CheckpointHook):
    """MMEngine's hook, except that a resumed run makes up for a validation that did not take place.

    MMEngine saves an epoch before it is validated. A run that is killed or fails in between would
    resume without that validation: the plateau schedule would miss an epoch, and the best
    checkpoint might never be saved. With this hook, such a checkpoint says that its validation is
    due, a run that resumes from it validates first, and an epoch is saved again after its
    validation. The arguments are those of ``CheckpointHook``.
    """

    def before_train(self, runner: Runner) -> None:
        """Validate first if the checkpoint from which the run resumes was not validated.

        Args:
            runner (Runner): MMEngine's runner.
        """
        super().before_train(runner)
        self.last_ckpt = runner.message_hub.runtime_info.get('last_ckpt')
        if runner.message_hub.runtime_info.get(DUE) and runner.val_loop is not None:
            runner.logger.info(f'Validating epoch {runner.epoch}, which was saved without '
                               'validation')
            runner.val_loop.run()

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
