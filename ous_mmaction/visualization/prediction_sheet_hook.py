from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dist import get_dist_info
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from ..atomic_files import check_writable
from .prediction_sheet import draw_prediction_sheet
from .save_figure import save_figure


class PredictionSheetHook(Hook):
    """Hook that draws tested clips as the model saw them, with their label and prediction.

    It does what MMAction2's ``VisualizationHook`` does for ``--show`` and ``--show-dir``. That one
    reads a single stream.

    Args:
        out_dir (str, optional): Folder for one PNG per drawn clip. None writes none.
        show (bool): Whether to show each drawn clip in a window. Defaults to False.
        interval (int): Every how many clips one is drawn. Defaults to 1.
        wait_time (float): Seconds that a window stays; 0 waits for the space key. Defaults to 2.
    """

    def __init__(self, out_dir: str | None, show: bool = False, interval: int = 1,
                 wait_time: float = 2.) -> None:
        self.out_dir = None if out_dir is None else Path(out_dir)
        self.show = show
        self.interval = interval
        self.wait_time = wait_time
        self._seen = 0

    def before_test_epoch(self, runner: Runner) -> None:
        """Begin to count the clips.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
        """
        self._seen = 0

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: dict,
                        outputs: Sequence[ActionDataSample]) -> None:
        """Draw the clips of a batch whose turn it is.

        Args:
            runner (Runner): MMEngine's runner.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (dict): Batch with ``inputs`` before they are normalized.
            outputs (Sequence[ActionDataSample]): Samples with ``gt_label`` and ``pred_score``.
        """
        rank, processes = get_dist_info()
        classes = runner.test_dataloader.dataset.metainfo['classes']
        for index, sample in enumerate(outputs):
            number = self._seen * processes + rank  # the sampler deals the clips out in turn
            self._seen += 1
            if number % self.interval == 0:
                name = str(sample.metainfo.get('clip_id', number))
                self._draw(runner, name, describe_prediction(name, sample, classes),
                           streams_of(data_batch['inputs'], index))

    def _draw(self, runner: Runner, name: str, title: str, streams: dict[str, np.ndarray]) -> None:
        figure = draw_prediction_sheet(title, streams)
        if self.out_dir is not None:
            self.out_dir.mkdir(parents=True, exist_ok=True)
            save_figure(figure, self.out_dir / f'{name.replace("/", "_")}.png')
        if self.show:
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            runner.visualizer.show(np.asarray(canvas.buffer_rgba())[..., :3], win_name=title,
                                   wait_time=self.wait_time)


def check_drawable(config: Config, show: bool, out_dir: str | None) -> None:
    """Check, before a test, that its clips can be drawn.

    Args:
        config (Config): Config of the test.
        show (bool): Whether they are shown in windows.
        out_dir (str, optional): Folder for the pictures.

    Raises:
        ValueError: If the test reads a feature bank, or there is no display.
        OSError: If the folder cannot be written to.
    """
    if config.test_dataloader.dataset.get('bank'):
        raise ValueError('--show and --show-dir draw what the model sees, and a feature bank has '
                         'no pixels. Test without --bank')
    if show and pyplot.get_backend().lower() == 'agg':
        raise ValueError('--show opens windows, and matplotlib finds no display. Use --show-dir')
    if out_dir is not None:
        check_writable(Path(out_dir, 'clip.png'))


def describe_prediction(name: str, sample: ActionDataSample, classes: Sequence[str]) -> str:
    """Describe label and prediction of a clip.

    Args:
        name (str): Name of the clip.
        sample (ActionDataSample): Sample with ``gt_label`` and ``pred_score`` of shape (K,).
        classes (Sequence[str]): K class names.

    Returns:
        str: One line.
    """
    predicted = int(sample.pred_score.argmax())
    return (f'{name}: {classes[int(sample.gt_label)]}, predicted {classes[predicted]} '
            f'({float(sample.pred_score[predicted]):.2f})')


def streams_of(inputs: Mapping[str, Sequence[Tensor]] | Sequence[Tensor],
               index: int) -> dict[str, np.ndarray]:
    """Return the frames that a batch holds of a clip.

    Args:
        inputs (Mapping[str, Sequence[Tensor]] | Sequence[Tensor]): Inputs of a batch of
            MMAction2's pipelines: ``face`` and ``scene`` of shape (T, 3, H, W) each with ``mask``
            of shape (T,) per clip, or one tensor per clip of shape (T, 3, H, W), (V, 3, T, H, W)
            or (3, H, W).
        index (int): Index of the clip in the batch.

    Returns:
        dict[str, np.ndarray]: Frames by name of the stream, uint8 of shape (T, H, W, 3) each,
        without padding.
    """
    if isinstance(inputs, Mapping):
        valid = inputs['mask'][index]
        return {name: _as_pictures(inputs[name][index][valid]) for name in ('face', 'scene')}
    frames = inputs[index]
    if frames.ndim == 5:
        frames = frames.transpose(1, 2).flatten(0, 1)
    return {'input': _as_pictures(frames if frames.ndim == 4 else frames[None])}


def _as_pictures(frames: Tensor) -> np.ndarray:
    return frames.clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
