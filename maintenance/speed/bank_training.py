from __future__ import annotations

from mmaction.registry import DATASETS, MODELS, OPTIMIZERS
from mmengine.config import Config
from mmengine.dataset import default_collate
from torch.utils.data import DataLoader

from ous_mmaction.models.structures import StreamFeatures

BATCH_SIZE = 16


class BankTraining:
    """Training from a feature bank, step by step and in parts of a step.

    Args:
        config (Config): Config that trains from a bank.
        batch_size (int): Clips per step. Defaults to ``BATCH_SIZE``.
    """

    def __init__(self, config: Config, batch_size: int = BATCH_SIZE) -> None:
        self.model = MODELS.build(config.model).train()
        self.optimizer = OPTIMIZERS.build(
            dict(config.optim_wrapper.optimizer, params=self.model.parameters()))
        self.loader = DataLoader(DATASETS.build(config.train_dataloader.dataset), batch_size,
                                 shuffle=True, drop_last=True, collate_fn=default_collate)
        self._batches = iter(())

    def load(self) -> dict:
        """Load a batch of samples."""
        batch = next(self._batches, None)
        if batch is None:
            self._batches = iter(self.loader)
            batch = next(self._batches)
        return batch

    def gather(self, batch: dict) -> tuple[StreamFeatures, list]:
        """Return the features and the data samples of a batch."""
        data = self.model.data_preprocessor(batch, True)
        return self.model.backbone.encode_streams(**data['inputs']), data['data_samples']

    def update(self, streams: StreamFeatures, samples: list) -> None:
        """Run forward, backward and the optimizer's step on a batch of features."""
        self.optimizer.zero_grad()
        losses = self.model.cls_head.loss(self.model.neck(streams), samples)
        self.model.parse_losses(losses)[0].backward()
        self.optimizer.step()

    def step(self) -> None:
        """Run a whole step."""
        self.update(*self.gather(self.load()))
