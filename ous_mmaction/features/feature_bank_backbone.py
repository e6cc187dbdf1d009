from __future__ import annotations

import logging

from mmaction.registry import MODELS
from mmengine.logging import print_log
from torch import Tensor

from ..checks import one_of
from ..models.clip_holder import CLIPHolder
from ..models.structures import StreamFeatures, blank_streams
from .feature_bank import DEFAULT_PRECISION, open_bank


@MODELS.register_module()
class FeatureBankBackbone(CLIPHolder):
    """Features of the frozen CLIP from a bank, as a replacement for :class:`OpenCLIPBackbone`.

    The rest of the model does not notice the difference, and the two share their checkpoints.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`. The bank's features must come from
            this model.
        bank (str): Folder that ``tools/extract_features.py`` wrote.
        num_taps (int): Number of first blocks that the polarity encoder reads. Defaults to 4.
        hold (str): ``'host'`` reads each batch from the file, which the operating system caches.
            ``'device'`` copies the bank to the model's device once, so that a step needs no data
            from the host. Defaults to ``'host'``.
        precision (str): Precision in which the config reads pixels, see :class:`OpenCLIPBackbone`.
            A bank of another precision is used, with a warning. Defaults to ``'fp32'``.
        compile (bool): Not used, since nothing is encoded. It is an argument so that a config can
            exchange the two classes. Defaults to False.
        init_cfg (dict, optional): Initialization config of MMEngine.

    Raises:
        ValueError: If the bank belongs to another CLIP or has another number of taps.
    """

    def __init__(self, clip_model: dict, bank: str, num_taps: int = 4, hold: str = 'host',
                 precision: str = DEFAULT_PRECISION, compile: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(clip_model, init_cfg=init_cfg)
        one_of('FeatureBankBackbone.hold', hold, ('host', 'device'))
        # Not a buffer, since a bank belongs neither in checkpoints nor in DDP's broadcasts.
        self.bank = open_bank(bank)
        self.bank.check_clip_model(self.clip_model)
        taps = (self.bank.header['taps'] or [0])[0]
        if taps != num_taps:
            raise ValueError(f'{bank}: the features have {taps} taps, but the config has '
                             f'`num_taps` = {num_taps}. Change that key, or extract into another '
                             'folder')
        if precision != self.bank.precision:
            print_log(f'{bank}: CLIP computed the features in {self.bank.precision}, but reads '
                      f'pixels in {precision} (key `model.backbone.precision`). A test from pixels '
                      'gives scores that differ a little', 'current', logging.WARNING)
        self.hold = hold

    def blank_streams(self) -> StreamFeatures:
        """Return the output of :meth:`encode_streams` for one clip, with zeros as features."""
        header = self.bank.header
        return blank_streams(header['frames'], header['channels'], header['taps'])

    def encode_streams(self, record: Tensor) -> StreamFeatures:
        """Read the features of both streams of a batch.

        Args:
            record (Tensor): Indices of records, int64 of shape (B,), on the model's device.

        Returns:
            StreamFeatures: float32 features with ``face`` and ``scene`` of shape (B, T, D) and
            ``taps`` of shape (B, num_taps, W).
        """
        table = self.bank.table(record.device if self.hold == 'device' else 'cpu')
        rows = table[record.to(table.device)].to(record.device)
        return StreamFeatures(**self.bank.unpack(rows))
