from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from hashlib import blake2b

import torch
from mmaction.models.recognizers import Recognizer2D
from torch import Tensor, nn

from .backbones import FaceSceneBackbone, OpenCLIPBackbone
from .recognizers import AENRecognizer, LateFusionRecognizer, OUSRecognizer

Row = tuple  # of tensors, one per output of the encoder; None where it has none


class FrameMemo:
    """What a model's frame encoder said about frames that it has seen before.

    Windows of a film share frames. While :meth:`installed`, the part of a model that reads frames
    one by one computes each of them once, whatever the overlap of the windows. A frame is known by
    its content, so that a scene that several people share is encoded once as well. A model that
    mixes frames from its first layer on, such as a 3D network, has no such part, and nothing is
    remembered.

    Attributes:
        encoded (int): Number of frames that were computed so far.
    """

    def __init__(self) -> None:
        self.encoded = 0
        self._round = 0
        # Content of a frame -> the last round that asked for it, and its row.
        self._rows: dict[str, tuple[int, Row]] = {}

    @contextmanager
    def installed(self, model: nn.Module) -> Iterator[None]:
        """Use the memo in a model's frame encoder; not for two threads at a time.

        Args:
            model (nn.Module): A recognizer in evaluation mode.
        """
        with ExitStack() as stack:
            for part, (owner, name) in enumerate(frame_encoders(model)):
                setattr(owner, name, self._remembering(getattr(owner, name), f'{part}:'))
                # What lies in the instance covers the method of the class.
                stack.callback(owner.__dict__.pop, name)
            yield

    def next_round(self, keep: int) -> None:
        """Forget the frames that none of the last ``keep`` rounds asked for."""
        self._round += 1
        self._rows = {key: (last, row) for key, (last, row) in self._rows.items()
                      if self._round - last <= keep}

    def _remembering(self, encode: Callable, prefix: str) -> Callable:
        @wraps(encode)
        def encode_new(images: Tensor, tap_from: int = 0) -> Tensor | tuple:
            pixels = images.detach().cpu().contiguous().flatten(1).view(torch.uint8).numpy()
            keys = [prefix + blake2b(frame, digest_size=16).hexdigest() for frame in pixels]
            new = {key: index for index, key in enumerate(keys) if key not in self._rows}
            if new:
                self._add(list(new), encode(images[list(new.values())]))
            for key in keys:
                self._rows[key] = (self._round, self._rows[key][1])
            outputs = tuple(_stack(parts) for parts in zip(*(self._rows[key][1] for key in keys)))
            if tap_from:
                return outputs[0], None if outputs[1] is None else outputs[1][tap_from:]
            return outputs if self._is_tuple else outputs[0]

        return encode_new

    def _add(self, keys: Sequence[str], outputs: Tensor | Sequence[Tensor | None]) -> None:
        self._is_tuple = not isinstance(outputs, Tensor)
        outputs = outputs if self._is_tuple else (outputs,)
        for index, key in enumerate(keys):
            # A copy, because a view would keep the whole batch.
            self._rows[key] = (self._round, tuple(
                None if output is None else output[index].clone() for output in outputs))
        self.encoded += len(keys)

    def state(self) -> dict:
        """Return the memo as plain data and arrays, for :meth:`from_state`."""
        return dict(encoded=self.encoded, round=self._round,
                    is_tuple=getattr(self, '_is_tuple', False),
                    rows={key: [last, [None if part is None else part.cpu().numpy()
                                       for part in row]]
                          for key, (last, row) in self._rows.items()})

    @classmethod
    def from_state(cls, state: dict, device: torch.device | str = 'cpu') -> FrameMemo:
        """Invert :meth:`state`, with the rows on a device."""
        memo = cls()
        memo.encoded, memo._round, memo._is_tuple = (
            state['encoded'], state['round'], state['is_tuple'])
        memo._rows = {key: (last, tuple(None if part is None else torch.tensor(part, device=device)
                                        for part in row))
                      for key, (last, row) in state['rows'].items()}
        return memo


def _stack(parts: Sequence[Tensor | None]) -> Tensor | None:
    return None if parts[0] is None else torch.stack(parts)


def frame_encoders(model: nn.Module) -> list[tuple[nn.Module, str]]:
    """Find the parts of a model that read frames one by one.

    Args:
        model (nn.Module): A recognizer.

    Returns:
        list[tuple[nn.Module, str]]: Module and name of its method, which maps images of shape
        (N, 3, H, W) to tensors with N rows. Empty if the model mixes frames.
    """
    if isinstance(model, LateFusionRecognizer):
        return frame_encoders(model.backbone) + frame_encoders(model.scene_backbone)
    backbone = model.backbone
    if isinstance(model, OUSRecognizer) and isinstance(backbone, OpenCLIPBackbone):
        return [(backbone, 'encode_images')]
    if isinstance(backbone, FaceSceneBackbone) and backbone.dims == 2:
        backbone = backbone.backbone
    elif not isinstance(model, (AENRecognizer, Recognizer2D)):
        return []
    # A backbone that shifts features along time knows the number of frames.
    return [] if hasattr(backbone, 'num_segments') else [(backbone, 'forward')]
