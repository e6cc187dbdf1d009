from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn


@HOOKS.register_module()
class AlphaLossSwitchHook(Hook):
    """Hook that switches the similarity and polarity losses by the contrastive loss (eq. 4).

    Above ``alpha``, L_sim + L_pol + L_contrast is minimized; below it, L_contrast alone. ``alpha``
    is compared with an exponential moving average of L_contrast over steps of the optimizer and
    ranks. With the switched sum, the switch would depend on itself. With a single batch, it would
    flicker, and the batches that one step accumulates would have different losses. With a rank's
    own value, the ranks would diverge. The average and the flag are buffers of the head, so
    they survive ``--resume``.

    Args:
        alpha (float, optional): The paper's alpha, in nats. The paper does not give its value. 0
            keeps all losses, inf leaves only L_contrast, and None means that there is nothing to
            switch.
        momentum (float): Weight of the newest step in the average, in (0, 1]. Defaults to 0.1.

    Raises:
        ValueError: If ``momentum`` is outside (0, 1].
    """

    # Run before the logger, which reads the average.
    priority = 'ABOVE_NORMAL'

    def __init__(self, alpha: float | None, momentum: float = 0.1) -> None:
        if not 0 < momentum <= 1:
            raise ValueError('The key `AlphaLossSwitchHook.momentum` must lie in (0, 1], but got '
                             f'{momentum}')
        self.alpha = alpha
        self.momentum = momentum
        self._losses: list[torch.Tensor] = []  # of the batches since the last step

    def before_train(self, runner: Runner) -> None:
        """Set the flag.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If the model has nothing to switch.
        """
        if self.alpha is None:
            return
        head = _head(runner)
        if not hasattr(head, 'auxiliary'):
            raise ValueError('AlphaLossSwitchHook needs an MCFEHead, but the model has none. Set '
                             'the key `default_hooks.loss_switch.alpha` to None')
        self._switch(head)

    @torch.no_grad()
    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Update the average and the flag after a step of the optimizer, equal on every rank.

        Args:
            runner (Runner): MMEngine's runner.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (dict, optional): Not used; part of MMEngine's interface.
            outputs (dict): Logged losses with ``loss_contrast``.
        """
        if self.alpha is None:
            return
        head = _head(runner)
        self._losses.append(
            torch.as_tensor(outputs['loss_contrast']).detach().to(head.contrast_ema))
        if not runner.optim_wrapper.should_update():
            return
        loss = torch.stack(self._losses).mean()
        self._losses.clear()
        all_reduce(loss, op='mean')
        if not torch.isfinite(loss):
            return  # fp16's loss scaling skips this step; it must not stay in the average
        first = torch.isinf(head.contrast_ema)
        average = torch.lerp(head.contrast_ema, loss, self.momentum)
        head.contrast_ema.copy_(torch.where(first, loss, average))
        runner.message_hub.update_scalar('train/contrast_ema', head.contrast_ema)
        self._switch(head)

    def _switch(self, head: nn.Module) -> None:
        head.auxiliary.copy_((head.contrast_ema > self.alpha).to(head.auxiliary))


def _head(runner: Runner) -> nn.Module:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return model.cls_head
