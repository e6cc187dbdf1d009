from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner

ACCURACY = 'training_accuracy'


@HOOKS.register_module()
class StoppingRulesHook(Hook):
    """Hook that ends training by the paper's two rules: converged, or overfit.

    "Training was considered converged when the rate fell below 1e-7. The model was deemed
    overfitting if the training accuracy exceeded 80 %." The epoch in which a rule holds is
    validated and saved like any other, and a run that resumes from it stops again. The training
    accuracy is that of the epoch's batches as they were trained on, over all ranks.

    Args:
        min_lr (float, optional): Training has converged when every learning rate is below this
            value. None disables the rule. Defaults to 1e-7.
        max_train_accuracy (float, optional): The model overfits when the training accuracy of an
            epoch, between 0 and 1, is above this value. None disables the rule. Defaults to None.
    """

    # Run after the schedule (LOW) and before the checkpoint (VERY_LOW).
    priority = 80

    def __init__(self, min_lr: float | None = 1e-7,
                 max_train_accuracy: float | None = None) -> None:
        self.min_lr = min_lr
        self.max_train_accuracy = max_train_accuracy

    def before_train(self, runner: Runner) -> None:
        """Stop a resumed run at once if it had been stopped before.

        Args:
            runner (Runner): MMEngine's runner.
        """
        if runner.epoch > 0:
            self._decide(runner)

    def before_train_epoch(self, runner: Runner) -> None:
        """Reset the counts.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
        """
        self._correct_and_total = None

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Count the clips of the batch and those that were classified correctly.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (dict): Batch with ``data_samples``.
            outputs (dict): Logged values with the accuracy ``acc`` of the batch.

        Raises:
            ValueError: If the head does not log its accuracy.
        """
        if self.max_train_accuracy is None:
            return
        if 'acc' not in outputs:
            raise ValueError('The head logs no `acc`, which the rule `max_train_accuracy` of '
                             'StoppingRulesHook reads. Set '
                             'default_hooks.stopping.max_train_accuracy=None')
        accuracy = torch.as_tensor(outputs['acc']).detach().double()
        clips = len(data_batch['data_samples'])
        batch = torch.stack([accuracy * clips, torch.full_like(accuracy, clips)])
        counts = self._correct_and_total
        self._correct_and_total = batch if counts is None else counts + batch

    def after_train_epoch(self, runner: Runner) -> None:
        """Store the accuracy of the epoch in the message hub, which checkpoints hold.

        Args:
            runner (Runner): MMEngine's runner.
        """
        if self.max_train_accuracy is None:
            return
        all_reduce(self._correct_and_total, op='sum')
        correct, total = self._correct_and_total.tolist()
        runner.message_hub.update_info(ACCURACY, correct / total)
        self._decide(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict) -> None:
        """Check the rules again, because the schedule may have lowered the learning rate.

        Args:
            runner (Runner): MMEngine's runner.
            metrics (dict): Not used; part of MMEngine's interface.
        """
        self._decide(runner)

    def _decide(self, runner: Runner) -> None:
        rates = [group['lr'] for group in runner.optim_wrapper.param_groups]
        accuracy = runner.message_hub.runtime_info.get(ACCURACY)
        reason = None
        if self.min_lr is not None and max(rates) < self.min_lr:
            reason = f'training has converged (the learning rate fell below {self.min_lr:g})'
        elif (self.max_train_accuracy is not None and accuracy is not None
              and accuracy > self.max_train_accuracy):
            reason = (f'the model overfits (the training accuracy is {accuracy:.3f}, above '
                      f'{self.max_train_accuracy:g})')
        if reason and not runner.train_loop.stop_training:
            runner.train_loop.stop_training = True
            runner.logger.info(f'Training stops because {reason}')
