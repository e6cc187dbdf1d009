from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from ..evaluation.training_log import TrainingLog

# Distinguishable without color.
CURVES = (('loss_contrast', r'$L_{contrast}$', dict(color='0.35', linewidth=0.8)),
          ('contrast_ema', r'$L_{contrast}$, smoothed', dict(color='black', linewidth=1.8)),
          ('similarity', r'$L_{sim}$', dict(color='0.45', linewidth=0.9, marker='^',
                                            markersize=4)),
          ('polarity', r'$L_{pol}$', dict(color='0.6', linewidth=0.9, marker='o', markersize=4)))
# A smaller loss is practically zero and would compress the other curves.
FLOOR = 1e-4


def loss_course_figure(log: TrainingLog, title: str = '') -> Figure:
    """Draw the losses of a run, its switches, its validations and its learning rate.

    On a gray background, L_contrast is minimized alone. The other losses are drawn there too,
    although they are not minimized. Panels without data are omitted.

    Args:
        log (TrainingLog): Log of the run.
        title (str): Title of the figure. Defaults to ``''``.

    Returns:
        Figure: The figure.
    """
    panels = {_draw_losses: 3.2, _draw_validation_loss: 1.3, _draw_uar: 1.3, _draw_rate: 0.8}
    needed = {_draw_validation_loss: 'val/loss', _draw_uar: 'acc/UAR', _draw_rate: 'lr'}
    panels = {draw: height for draw, height in panels.items()
              if draw not in needed or len(log.course(needed[draw])[0])}
    heights = list(panels.values())
    figure = Figure(figsize=(8, sum(heights) + 0.9), layout='constrained')
    grid = figure.subplots(len(panels), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axes, draw in zip(grid, panels):
        draw(axes, log)
        _mark_switches(axes, log)
        axes.grid(axis='x', color='0.8', linewidth=0.5)
    grid[-1].set_xlabel(log.unit)
    grid[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    grid[-1].set_xlim(0, log.train[-1]['step'] / log.iterations_per_epoch)
    entries = {label: handle for axes in grid
               for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(list(entries.values()), list(entries), loc='outside right upper', fontsize=9)
    figure.align_ylabels(grid)
    figure.suptitle(title, fontsize=11)
    return figure


def _mark_switches(axes: Axes, log: TrainingLog) -> None:
    switches, length = log.switches(), log.iterations_per_epoch
    starts = [0, *(step for step, _ in switches[1:])]
    ends = [*starts[1:], log.train[-1]['step']]
    for start, end, (_, on) in zip(starts, ends, switches):
        if not on:
            axes.axvspan(start / length, end / length, color='0.92', zorder=0,
                         label=r'$L_{contrast}$ minimized alone')
    where = ', '.join(str(step) for step in starts[1:4]) + (', ...' if len(starts) > 4 else '')
    for step in starts[1:]:
        axes.axvline(step / length, color='black', linestyle=':', linewidth=1.2,
                     label=f'switch (iteration {where})')


def _draw_losses(axes: Axes, log: TrainingLog) -> None:
    for key, label, style in CURVES:
        times, values = log.course(key)
        if len(times):
            axes.plot(times, np.maximum(values, FLOOR), label=label, markevery=0.05, **style)
    if log.alpha is not None and FLOOR < log.alpha < np.inf:
        axes.axhline(log.alpha, color='black', linestyle='-.', linewidth=0.9,
                     label=rf'$\alpha$ = {log.alpha:g}')
    axes.set_yscale('log')
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel('training loss')


def _draw_validation_loss(axes: Axes, log: TrainingLog) -> None:
    times, values = log.course('val/loss')
    axes.plot(times, np.maximum(values, FLOOR), color='black', marker='.')
    if np.isfinite(values).any():
        best = np.nanargmin(values)
        axes.plot(times[best], max(values[best], FLOOR), 'o', color='black', fillstyle='none',
                  markersize=10, clip_on=False, linestyle='none',
                  label=f'lowest validation\nloss ({log.unit} {times[best]:g})')
    if np.nanmax(values) > 10 * np.nanmin(values):
        axes.set_yscale('log')
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel('validation\nloss')


def _draw_uar(axes: Axes, log: TrainingLog) -> None:
    axes.plot(*log.course('acc/UAR'), color='black', marker='.', clip_on=False)
    axes.set_ylim(0, 1)
    axes.set_ylabel('validation\nUAR')


def _draw_rate(axes: Axes, log: TrainingLog) -> None:
    times, values = log.course('lr')
    axes.step(times, values, where='pre', color='black')
    axes.set_yscale('log')
    decades = np.log10(values[values > 0])
    if len(decades):  # whole decades, so that there are labels with room between them
        axes.set_ylim(10 ** np.floor(decades.min() - 0.1), 10 ** np.ceil(decades.max() + 0.1))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel('learning\nrate')
