from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure


def draw_prediction_sheet(title: str, streams: Mapping[str, np.ndarray]) -> Figure:
    """Draw what a model saw of a clip: one row of frames per stream.

    Args:
        title (str): Text above the frames, such as the label and the prediction.
        streams (Mapping[str, np.ndarray]): Frames by name of the stream, uint8 RGB of shape
            (T, H, W, 3) each.

    Returns:
        Figure: The sheet.
    """
    columns = max(map(len, streams.values()))
    figure = Figure(figsize=(max(4, 1.1 * columns), 0.4 + 1.2 * len(streams)),
                    layout='constrained')
    figure.suptitle(title, fontsize=9)
    rows = figure.subplots(len(streams), columns, squeeze=False)
    for row, (name, frames) in zip(rows, streams.items()):
        for axis in row:
            axis.set_axis_off()
        for axis, frame in zip(row, frames):
            axis.imshow(frame)
        row[0].set_title(name, fontsize=7, pad=2)
    return figure
