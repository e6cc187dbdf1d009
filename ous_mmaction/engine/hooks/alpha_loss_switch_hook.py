from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper


@HOOKS.register_module()
class AlphaLossSwitchHook(Hook):
    """Switches similarity and polarity loss by the height of the contrastive loss (eq. 4).

    Above ``alpha`` L_sim + L_pol + L_contrast is minimised, below it L_contrast alone. Compared is
    an exponential moving average of L_contrast over iterations and ranks: the switched sum would
    make the switch feed on itself, a single batch would make it flicker, and a rank's own value
    would part the ranks. Average and flag are buffers of the head, so they survive ``--resume``.

    Args:
        alpha (float, optional): The paper's alpha, in nats; it is not given there. 0 keeps all
            losses, inf leaves L_contrast alone. None: there is nothing to switch.
        momentum (float): Weight of the newest batch in the average, in (0, 1]. Defaults to 0.1.
    """

    # Before the logger reads what is logged.
    priority = 'ABOVE_NORMAL'

    def __init__(self, alpha: float | None, momentum: float = 0.1) -> None:
        if not 0 < momentum <= 1:
            raise ValueError(f'the key `momentum` of AlphaLossSwitchHook is {momentum}: it must '
                             'lie in (0, 1]')
        self.alpha = alpha
        self.momentum = momentum

    def before_train(self, runner) -> None:
        """Set the flag; fail where there is nothing to switch."""
        if self.alpha is None:
            return
        head = _head(runner)
        if not hasattr(head, 'auxiliary'):
            raise ValueError('AlphaLossSwitchHook finds no MCFEHead in the model. Set the key '
                             '`default_hooks.loss_switch.alpha` to None')
        self._switch(head)

    @torch.no_grad()
    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Update average and flag from ``outputs['loss_contrast']``, alike on every rank."""
        if self.alpha is None:
            return
        head = _head(runner)
        loss = torch.as_tensor(outputs['loss_contrast']).detach().to(head.contrast_ema).clone()
        all_reduce(loss, op='mean')
        if not torch.isfinite(loss):
            return  # a step that fp16's loss scaling skips; it must not stay in the average
        first = torch.isinf(head.contrast_ema)
        average = torch.lerp(head.contrast_ema, loss, self.momentum)
        head.contrast_ema.copy_(torch.where(first, loss, average))
        runner.message_hub.update_scalar('train/contrast_ema', head.contrast_ema)
        self._switch(head)

    def _switch(self, head) -> None:
        head.auxiliary.copy_((head.contrast_ema > self.alpha).to(head.auxiliary))


def _head(runner):
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return model.cls_head
