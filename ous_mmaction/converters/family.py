from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from mmengine.config import Config
from torch import Tensor, nn

from .source import Source


class Family(ABC):
    """Checkpoints of one published repository, and how they become ours.

    Attributes:
        name (str): Name of the method.
        repository (str): Where the checkpoints are published, owner/name.
        license (str): License of the repository.
        citation (str): Authors, title, venue, year.
        configs (dict[str, str]): Our config, relative to ``configs/``, by the name of the dataset
            that a checkpoint was trained on.
        orders (dict[str, str]): Class order of the published files, a key of :data:`ORDERS`, by the
            name of the dataset. Without it, the order is the config's. The classes are reordered
            to the config's order before :meth:`convert`.
        class_tensors (tuple[str, ...]): Names of the tensors whose first axis are the classes.
    """

    name: str
    repository: str
    license: str
    citation: str
    configs: dict[str, str]
    orders: dict[str, str] = {}
    class_tensors: tuple[str, ...] = ()

    @abstractmethod
    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether the tensors are of this family, by their names and shapes alone."""

    @abstractmethod
    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Return the number of classes of a checkpoint."""

    @abstractmethod
    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """Convert the tensors to a complete state dict of a model.

        Args:
            tensors (Mapping[str, Tensor]): The checkpoint's tensors by name, with the classes in
                the config's order.
            model (nn.Module): Model of the config, which is not changed. Its weights do not matter.

        Returns:
            dict[str, Tensor]: State dict of ``model``, see :func:`complete_state`.

        Raises:
            ValueError: If a tensor has no counterpart or another shape, or contradicts the config.
        """

    def dataset(self, source: Source) -> str | None:
        """Return the dataset that a checkpoint names, or None if it names none.

        Raises:
            ValueError: If the checkpoint names a dataset without a config.
        """
        return None

    def prepare(self, source: Source, config: Config) -> None:  # noqa: B027
        """Check what is beside the tensors, and change the config before the model is built.

        Args:
            source (Source): The checkpoint.
            config (Config): The config, which may be changed, for example so that no pre-trained
                weights are read.

        Raises:
            ValueError: If the checkpoint contradicts the config.
        """

    def notes(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict:
        """Return further plain entries of the converted checkpoint's meta."""
        return {}
