from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce
from mmengine.hooks import Hook

ACCURACY = 'training_accuracy'


@HOOKS.register_module()
class StoppingRulesHook(Hook):
    """Ends training by the paper's two rules: converged, or overfit.

    "Training was considered converged when the rate fell below 1e-7. The model was deemed
    overfitting if the training accuracy exceeded 80 %." The epoch in which a rule holds is
    validated and saved like any other; a run that resumes from it stops again. Training accuracy
    is that of the epoch's batches as they were trained on, over all ranks.

    Args:
        min_lr (float, optional): Converged when every learning rate is below; None: no such rule.
        max_train_accuracy (float, optional): Overfit when the training accuracy of an epoch, a
            fraction of 1, is above; None: no such rule.
    """

    # Behind the schedule (LOW), before the checkpoint (VERY_LOW).
    priority = 80

    def __init__(self, min_lr: float | None = 1e-7,
                 max_train_accuracy: float | None = None) -> None:
        self.min_lr = min_lr
        self.max_train_accuracy = max_train_accuracy

    def before_train(self, runner) -> None:
        """Stop at once what had been stopped before it was resumed."""
        if runner.epoch > 0:
            self._decide(runner)

    def before_train_epoch(self, runner) -> None:
        """Start counting."""
        self._correct_and_seen = None

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Count the batch; ``outputs['acc']`` is its accuracy."""
        if self.max_train_accuracy is None:
            return
        if 'acc' not in outputs:
            raise ValueError('the head logs no `acc`, which the rule `max_train_accuracy` of '
                             'StoppingRulesHook reads: set '
                             'default_hooks.stopping.max_train_accuracy=None')
        accuracy = torch.as_tensor(outputs['acc']).detach().double()
        seen = len(data_batch['data_samples'])
        batch = torch.stack([accuracy * seen, torch.full_like(accuracy, seen)])
        counted = self._correct_and_seen
        self._correct_and_seen = batch if counted is None else counted + batch

    def after_train_epoch(self, runner) -> None:
        """Keep the epoch's accuracy where checkpoints hold it."""
        if self.max_train_accuracy is None:
            return
        all_reduce(self._correct_and_seen, op='sum')
        correct, seen = self._correct_and_seen.tolist()
        runner.message_hub.update_info(ACCURACY, correct / seen)
        self._decide(runner)

    def after_val_epoch(self, runner, metrics: dict) -> None:
        """The schedule may have lowered the rate."""
        self._decide(runner)

    def _decide(self, runner) -> None:
        rates = [group['lr'] for group in runner.optim_wrapper.param_groups]
        accuracy = runner.message_hub.runtime_info.get(ACCURACY)
        reason = None
        if self.min_lr is not None and max(rates) < self.min_lr:
            reason = f'converged: the learning rate fell below {self.min_lr:g}'
        elif (self.max_train_accuracy is not None and accuracy is not None
              and accuracy > self.max_train_accuracy):
            reason = f'overfit: training accuracy {accuracy:.3f} > {self.max_train_accuracy:g}'
        if reason and not runner.train_loop.stop_training:
            runner.train_loop.stop_training = True
            runner.logger.info(f'Training stops, {reason}')
