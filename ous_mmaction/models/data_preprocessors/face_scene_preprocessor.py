from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseDataPreprocessor
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD


@MODELS.register_module()
class FaceScenePreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, stack it and normalize both streams.

    Args:
        mean (Sequence[float]): Mean of each of the 3 channels, for pixels in 0..1. Defaults to
            CLIP's.
        std (Sequence[float]): Standard deviation of each of the 3 channels, for pixels in 0..1.
            Defaults to CLIP's.
        non_blocking (bool): Whether to copy to the device without waiting. Defaults to False.
    """

    def __init__(self,
                 mean: Sequence[float] = OPENAI_DATASET_MEAN,
                 std: Sequence[float] = OPENAI_DATASET_STD,
                 non_blocking: bool = False) -> None:
        super().__init__(non_blocking)
        for name, values in (('mean', mean), ('std', std)):
            # Scaled to pixels in 0..255. Not saved in checkpoints, because the config holds it.
            scaled = torch.tensor(values, dtype=torch.float32).view(3, 1, 1) * 255
            self.register_buffer(name, scaled, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch for the model.

        Args:
            data (dict): Output of ``pseudo_collate`` (lists of samples) or ``default_collate``
                (stacked samples): ``inputs`` with ``face`` and ``scene`` (uint8 of shape
                (T, 3, H, W) per sample) and ``mask`` (bool of shape (T,) per sample), and
                ``data_samples``.
            training (bool): Not used; part of MMEngine's interface.

        Returns:
            dict: ``inputs`` with ``face`` and ``scene`` (float32 of shape (B, T, 3, H, W)) and
            ``mask`` (bool of shape (B, T)), and ``data_samples``.

        Raises:
            KeyError: If a stream or the mask is missing.
        """
        data = self.cast_data(data)
        inputs = data['inputs']
        for key in ('face', 'scene', 'mask'):
            if key not in inputs:
                raise KeyError(f'FaceScenePreprocessor needs `{key}`, but the inputs only hold '
                               f'{", ".join(inputs)}. Add it to `collect_keys` of '
                               'PackActionInputs in the pipeline')
        inputs = {key: torch.stack(tuple(value)) if isinstance(value, (list, tuple)) else value
                  for key, value in inputs.items()}
        for key in ('face', 'scene'):
            inputs[key] = (inputs[key].float() - self.mean) / self.std
        return dict(inputs=inputs, data_samples=data.get('data_samples'))
