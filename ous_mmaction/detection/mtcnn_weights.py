"""MTCNN's weights, as the wheel of facenet-pytorch carries them."""
from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from mmengine.runner import CheckpointLoader
from torch import Tensor

from ..checkpoints import load_from_local
from .mtcnn_net import MTCNNNet, output_net, proposal_net, refinement_net

NETS = dict(pnet=proposal_net, rnet=refinement_net, onet=output_net)


@CheckpointLoader.register_scheme('facenet-pytorch://')
def load_from_facenet_pytorch(filename: str, map_location: Any = None) -> dict[str, Tensor]:
    """Read the weights of all three nets from the installed wheel without importing it.

    Args:
        filename (str): ``facenet-pytorch://mtcnn``.
        map_location (Any): As in :func:`torch.load`.

    Returns:
        dict[str, Tensor]: State dict of :class:`MTCNNFaceDetector`.

    Raises:
        FileNotFoundError: If facenet-pytorch is not installed.
        ValueError: If a file is damaged or holds more than tensors.
    """
    spec = importlib.util.find_spec('facenet_pytorch')
    if spec is None:
        raise FileNotFoundError("MTCNN's weights come with the package facenet-pytorch, which is "
                                "not installed. Run pip install 'facenet-pytorch<2.6'")
    folder = Path(spec.submodule_search_locations[0], 'data')
    state = {}
    for name, build in NETS.items():
        weights = load_from_local(str(folder / f'{name}.pt'), map_location)
        state.update({f'{name}.{key}': tensor
                      for key, tensor in convert_weights(weights, build()).items()})
    return state


def convert_weights(weights: dict[str, Tensor], net: MTCNNNet) -> dict[str, Tensor]:
    """Convert the weights of one net to our names and shapes.

    Both list the layers in the order in which an image passes through them. The landmarks come last
    and are dropped. A dense layer reads its feature map column by column, as MATLAB does.

    Args:
        weights (dict[str, Tensor]): Weights of a file of facenet-pytorch.
        net (MTCNNNet): Net that the weights are for.

    Returns:
        dict[str, Tensor]: State dict of ``net``.
    """
    def reshape(tensor: Tensor, target: Tensor) -> Tensor:
        if tensor.dim() == 2:
            outputs, channels, height, width = target.shape
            return tensor.reshape(outputs, width, height, channels).permute(0, 3, 2, 1)
        return tensor

    return {name: reshape(tensor, target)
            for (name, target), tensor in zip(net.state_dict().items(), weights.values())}
