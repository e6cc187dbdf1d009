"""Write a trained model as an ONNX file, and check it against the model."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..apis import WindowModel
from ..atomic_files import check_writable, whole_file
from ..datasets.dfer_dataset import pipeline_steps
from ..version import __version__
from .clip_scorer import ClipScorer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

TOLERANCE = 1e-4
MAX_BYTES = 2**31 - 1  # of one protobuf message
OUTPUTS = ('logits', 'probabilities')
# What a model with one stream reads has one name in all files.
NAMES = {'': 'frames', 'imgs': 'frames'}


class OnnxExport(NamedTuple):
    """What was written.

    Attributes:
        inputs (dict[str, list]): Shape of each input; a name stands for a free axis.
        metadata (dict[str, str]): What the file says about itself.
        difference (float): Largest difference between its logits and those of the model.
        megabytes (float): Size of the file.
    """

    inputs: dict[str, list]
    metadata: dict[str, str]
    difference: float
    megabytes: float


@torch.no_grad()
def export_onnx(model: nn.Module, path: str | Path) -> OnnxExport:
    """Write a model as an ONNX file that needs neither torch nor this package.

    The file reads frames as the test pipeline makes them, with values from 0 to 255, and has the
    normalization and the text features of the classes inside. The batch is free, and the number of
    frames is free where the model has no fixed one. Before it gets its name, onnxruntime runs it
    on other sizes than those of the export, and the logits must be those of the model.

    Args:
        model (nn.Module): Model from :func:`init_model`, on the CPU.
        path (str | Path): File to write.

    Returns:
        OnnxExport: What was written.

    Raises:
        ImportError: If a package of the extra ``export`` is missing.
        OSError: If the file cannot be written.
        ValueError: If the exporter cannot translate the model, if its weights exceed 2 GB, or if
            the logits differ by more than 1e-4.
    """
    _require_packages()
    check_writable(path)
    window = WindowModel(model)
    views = window.view(np.zeros((64, 64, 3), np.uint8), np.array([16., 16., 48., 48.]))
    scorer = ClipScorer(model).eval()
    free_time = _reads_other_lengths(scorer, views, window.clip_len)
    program = _translate(scorer, draw_clips(views, 3, window.clip_len), free_time)
    graph = program.model.graph
    for node in graph.all_nodes():
        node.metadata_props.clear()  # lines and paths of the code that was translated
    for value in [value for value in graph.inputs if not value.uses()]:
        graph.inputs.remove(value)  # a mask that the model does not read
    for value in (*graph.inputs, *graph.outputs):
        value.shape[0] = 'batch'
    for value in graph.inputs:
        value.shape[1] = 'time' if free_time else window.clip_len
    metadata = _describe(window, views, free_time)
    program.model.metadata_props.update(metadata)
    if sum(value.numel() * value.element_size() for value in scorer.state_dict().values()) \
            > MAX_BYTES:
        raise ValueError(f'{path}: the weights of the model exceed the 2 GB that one ONNX file '
                         'holds. Export a smaller model')
    content = program.model_proto.SerializeToString()
    difference = _check(content, scorer, views, window.clip_len, free_time)
    Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, 'wb') as file:
        file.write(content)
    return OnnxExport({value.name: list(map(_axis, value.shape)) for value in graph.inputs},
                      metadata, difference, len(content) / 1e6)


def draw_clips(views: dict[str, Tensor], clips: int, frames: int) -> dict[str, Tensor]:
    """Draw random clips of the shape and type that a model reads, the same in every call.

    Args:
        views (dict[str, Tensor]): What the test pipeline makes of one frame.
        clips (int): B.
        frames (int): T.

    Returns:
        dict[str, Tensor]: Frames of shape (B, T, 3, S, S), and ``mask`` of shape (B, T), in which
        the last frame of every clip but the first is padding.
    """
    generator = torch.Generator().manual_seed(0)
    drawn = {}
    for name, view in views.items():
        if name == 'mask':
            drawn[name] = torch.ones(clips, frames, dtype=torch.bool)
            drawn[name][1:, max(1, frames - 1):] = False
        else:
            shape = clips, frames, 3, *view.shape[-2:]
            drawn[name] = torch.randint(256, shape, generator=generator).to(view.dtype)
    return drawn


def _require_packages() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(f'The export needs the package {error.name}, which is not installed. '
                          "Install the extra: pip install 'ous_mmaction[export]'") from None


def _reads_other_lengths(scorer: ClipScorer, views: dict[str, Tensor], clip_len: int) -> bool:
    """Whether a model reads clips of half the length."""
    if clip_len < 4:
        return False
    try:
        scorer(draw_clips(views, 1, clip_len // 2))
    except (ValueError, RuntimeError):  # ours, or a layer of torch that does not fit
        return False
    return True


def _translate(scorer: ClipScorer, clips: dict[str, Tensor],
               free_time: bool) -> torch.onnx.ONNXProgram:
    """Run torch's exporter, quietly."""
    scorer(clips)  # the text features are computed once and kept
    free, maybe_free = torch.export.Dim.DYNAMIC, torch.export.Dim.AUTO
    axes = {0: free, 1: maybe_free} if free_time else {0: free}
    try:
        with _plain_attention(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return torch.onnx.export(
                scorer, kwargs=dict(inputs=clips), dynamo=True, verbose=False,
                input_names=[NAMES.get(name, name) for name in clips],
                output_names=list(OUTPUTS),
                dynamic_shapes=dict(inputs={name: axes for name in clips}))
    except Exception as error:  # the exporter raises a dozen kinds of exceptions
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise ValueError(
            f'{Path(scorer.model.cfg.filename or "config").name}: torch {torch.__version__} cannot '
            f'translate this model to ONNX ({reason}). Choose a config of docs/export.md, or write '
            'the part of the model that the reason names with operations that the exporter '
            'knows') from None


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Switch off the fused inference kernel of ``nn.MultiheadAttention``, which ONNX lacks."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


def _describe(window: WindowModel, views: dict[str, Tensor], free_time: bool) -> dict[str, str]:
    """Describe the model in the texts that an ONNX file can hold."""
    config = window.model.cfg
    steps = pipeline_steps(config.test_dataloader.dataset.pipeline)
    [size] = {view.shape[-1] for name, view in views.items() if name != 'mask'}
    sampled = next(step for step in steps if 'clip_len' in step)
    return dict(
        classes=json.dumps(window.class_names), config=Path(config.filename or 'config').stem,
        ous_mmaction=__version__, frame_size=str(size), clip_len=str(window.clip_len),
        any_length=json.dumps(free_time), views=str(sampled.get('num_views', 1)),
        pipeline=json.dumps(steps))


def _check(content: bytes, scorer: ClipScorer, views: dict[str, Tensor], clip_len: int,
           free_time: bool) -> float:
    """Return the largest difference between the logits of the file and those of the model."""
    from onnxruntime import InferenceSession
    session = InferenceSession(content, providers=['CPUExecutionProvider'])
    sizes = [(2, clip_len), (1, clip_len // 2 if free_time else clip_len)]
    difference = max(_difference(session, scorer, draw_clips(views, *size)) for size in sizes)
    if not difference <= TOLERANCE:
        raise ValueError(
            f'{scorer.model.cfg.filename}: the logits of the ONNX model differ by {difference:.2g} '
            f'from those of the model, more than {TOLERANCE:g}, so that no file was written. Use '
            'the model with tools/infer.py, and report the config')
    return difference


def _difference(session: InferenceSession, scorer: ClipScorer, clips: dict[str, Tensor]) -> float:
    read = {value.name for value in session.get_inputs()}
    feed = {NAMES.get(name, name): value.numpy() for name, value in clips.items()}
    logits = session.run(['logits'], {name: feed[name] for name in read})[0]
    return float(np.abs(logits - scorer(clips)[0].numpy()).max())


def _axis(size: object) -> int | str:
    return size if isinstance(size, int) else str(getattr(size, 'value', size))
