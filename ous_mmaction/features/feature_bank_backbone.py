from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor

from ..checks import one_of
from ..models.clip_holder import CLIPHolder
from ..models.structures import StreamFeatures, blank_streams
from .feature_bank import open_bank


@MODELS.register_module()
class FeatureBankBackbone(CLIPHolder):
    """Features of the frozen CLIP from a bank, in the place of :class:`OpenCLIPBackbone`.

    The rest of the model cannot tell them apart, and a checkpoint of one is a checkpoint of the
    other.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`; the bank's
            features must be of it.
        bank (str): Folder that ``tools/extract_features.py`` wrote.
        num_taps (int): How many of the first blocks the polarity encoder reads. Defaults to 4.
        hold (str): ``'host'`` reads a batch from the file, which the system caches; ``'device'``
            copies the bank to the model's device once, so that a step needs nothing of the host.
            Defaults to ``'host'``.

    Raises:
        ValueError: If the bank is of another CLIP, or has not as many taps.
    """

    def __init__(self, clip_model: dict, bank: str, num_taps: int = 4, hold: str = 'host',
                 init_cfg: dict | None = None) -> None:
        super().__init__(clip_model, init_cfg=init_cfg)
        one_of('FeatureBankBackbone.hold', hold, ('host', 'device'))
        # No buffer: a bank belongs neither into checkpoints nor into what DDP sends around.
        self.bank = open_bank(bank)
        self.bank.check_clip_model(self.clip_model)
        taps = (self.bank.header['taps'] or [0])[0]
        if taps != num_taps:
            raise ValueError(f'{bank}: features with {taps} taps, the config has `num_taps` = '
                             f'{num_taps}; change that key, or extract into another folder')
        self.hold = hold

    def blank_streams(self) -> StreamFeatures:
        """What :meth:`encode_streams` gives for a clip, zeros."""
        header = self.bank.header
        return blank_streams(header['frames'], header['channels'], header['taps'])

    def encode_streams(self, record: Tensor) -> StreamFeatures:
        """Both streams of a batch.

        Args:
            record: (B,) int64 numbers of records, on the model's device.

        Returns:
            Features with ``face`` and ``scene`` (B, T, D) and ``taps`` (B, num_taps, W) float32.
        """
        table = self.bank.table(record.device if self.hold == 'device' else 'cpu')
        rows = table[record.to(table.device)].to(record.device)
        return StreamFeatures(**self.bank.unpack(rows))
