"""Dark scenes.

Each painter draws the parts that do not move on a canvas (unit square). It returns the function
that draws the parts that move, at a time in seconds.
"""
from __future__ import annotations

import numpy as np

from ..canvas import Canvas, Color, mix
from .bright import Animate

BLACK = (10, 10, 14)


def storm(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Rain and lightning over a rough sea."""
    canvas.gradient((34, 38, 50), (74, 80, 92), 0.0, 0.7)
    canvas.gradient((34, 52, 64), (16, 26, 36), 0.7, 1.0)
    clouds = rng.uniform(0, 1, (9, 3))
    drops = rng.uniform(0, 1, (70, 2))
    flash, where = rng.uniform(0.2, 1.2), rng.uniform(0.1, 0.9)
    steps = np.cumsum(rng.uniform(-0.09, 0.09, 7))
    bolt = np.stack([where + steps, np.linspace(0.16, 0.72, 7)], axis=1)

    def animate(canvas: Canvas, time: float) -> None:
        since = (time - flash) % 0.9
        if since < 0.2:
            canvas.line(bolt, (250, 248, 190), 0.022)
        for x, y, shade in clouds:
            x = (x + 0.06 * time) % 1.3 - 0.15
            canvas.ellipse((x, 0.02 + 0.16 * y), (0.2, 0.085),
                           mix((30, 32, 42), (70, 74, 88), shade))
        u = np.linspace(0, 1, 30)
        for index, base in enumerate((0.72, 0.82, 0.92)):
            crest = base + 0.035 * np.sin(12 * u + 3 * time * (-1)**index + 2 * index)
            canvas.polygon(np.concatenate([np.stack([u, crest], axis=1), [(1, 1.1), (0, 1.1)]]),
                           mix((44, 66, 80), BLACK, 0.3 * index))
        fallen = (drops + np.array([-0.5, 1.6]) * time) % 1
        canvas.lines([[point, point + (-0.02, 0.065)] for point in fallen], (128, 146, 168), 0.006)

    return animate


def graveyard(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Tombstones under the moon, bats and fog."""
    canvas.gradient((14, 16, 38), (42, 40, 66))
    for x, y in rng.uniform(0, 1, (18, 2)) * (1, 0.5):
        canvas.ellipse((x, y), (0.005, 0.005), (170, 170, 190))
    moon = (rng.choice((0.14, 0.86)), rng.uniform(0.13, 0.2))
    canvas.ellipse(moon, (0.1, 0.1), (196, 200, 176))
    canvas.ellipse((moon[0] + 0.03, moon[1] - 0.02), (0.02, 0.02), (168, 172, 150))
    canvas.ellipse((0.3, 1.1), (0.9, 0.38), (24, 30, 28))
    canvas.ellipse((0.9, 1.15), (0.7, 0.42), (18, 24, 22))
    for index, x in enumerate((0.07, 0.27, 0.5, 0.73, 0.93)):
        _tombstone(canvas, x + rng.uniform(-0.03, 0.03), 0.9 + 0.06 * (index % 2),
                   rng.uniform(0.2, 0.28), rng.uniform(-0.15, 0.15), rng.random() < 0.4)
    bats, fog = rng.uniform(0, 1, (6, 3)), rng.uniform(0, 1, (5, 2))

    def animate(canvas: Canvas, time: float) -> None:
        for x, y, phase in bats:
            x, y = (x + (0.1 + 0.2 * phase) * time) % 1.2 - 0.1, 0.05 + 0.55 * y
            lift = 0.035 * np.sin(13 * time + 6 * phase)
            canvas.polygon([(x - 0.08, y - lift), (x - 0.03, y - 0.005), (x, y - 0.02),
                            (x + 0.03, y - 0.005), (x + 0.08, y - lift), (x, y + 0.03)], BLACK)
        for x, y in fog:
            x = (x + 0.08 * time) % 1.6 - 0.3
            canvas.ellipse((x, 0.94 + 0.06 * y), (0.26, 0.016), (70, 76, 88))

    return animate


def ruins(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Broken houses, smoke and falling ash under a dull sky."""
    canvas.gradient((58, 50, 52), (104, 84, 74), 0.0, 0.85)
    canvas.gradient((50, 44, 42), (28, 25, 26), 0.85, 1.0)
    for x in np.linspace(0, 0.84, 6):
        top, width, shade = rng.uniform(0.15, 0.5), 0.17, rng.uniform(0, 0.5)
        u = np.linspace(0, width, 6)
        broken = np.stack([x + u, top + rng.uniform(0, 0.14, 6)], axis=1)
        canvas.polygon(np.concatenate([broken, [(x + width, 0.9), (x, 0.9)]]),
                       mix((52, 46, 48), (22, 20, 24), shade))
        for column in (0.03, 0.1):
            for row in np.arange(top + 0.18, 0.85, 0.13):
                canvas.polygon([(x + column, row), (x + column + 0.035, row),
                                (x + column + 0.035, row + 0.06), (x + column, row + 0.06)], BLACK)
    for x in rng.uniform(0, 1, 14):
        canvas.polygon(np.array([x, 0.95]) + rng.uniform(-0.07, 0.07, (5, 2)), (40, 35, 36))
    plumes, ash = rng.uniform(0.05, 0.95, 3), rng.uniform(0, 1, (36, 2))

    def animate(canvas: Canvas, time: float) -> None:
        for index, x in enumerate(plumes):
            for puff in range(6):
                rise = (puff / 6 + 0.18 * time + 0.3 * index) % 1
                canvas.ellipse((x + 0.12 * rise + 0.02 * np.sin(9 * rise), 0.55 - 0.6 * rise),
                               (0.03 + 0.08 * rise, 0.03 + 0.06 * rise),
                               mix((26, 24, 26), (82, 70, 66), rise))
        for point in (ash + np.array([0.1, 0.2]) * time) % 1:
            canvas.ellipse(point, (0.007, 0.005), (140, 132, 128))

    return animate


def fire(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """A house in flames at night, with sparks."""
    canvas.gradient((16, 10, 14), (74, 22, 14), 0.0, 0.9)
    canvas.gradient((28, 16, 14), (10, 8, 10), 0.9, 1.0)
    roof = rng.uniform(0.12, 0.2)
    canvas.polygon([(0.08, 0.4), (0.5, roof), (0.92, 0.4)], (26, 14, 14))
    canvas.polygon([(0.14, 0.4), (0.86, 0.4), (0.86, 0.95), (0.14, 0.95)], (34, 18, 16))
    tongues = np.linspace(-0.02, 1.02, 13)
    phases, sparks = rng.uniform(0, 6, 13), rng.uniform(0, 1, (30, 3))

    def animate(canvas: Canvas, time: float) -> None:
        for height, width, color in ((0.42, 0.085, (176, 36, 16)), (0.28, 0.065, (226, 96, 22)),
                                     (0.15, 0.04, (246, 176, 60))):
            for x, phase in zip(tongues, phases):
                tall = height * (0.75 + 0.25 * np.sin(7 * time + phase))
                lean = 0.03 * np.sin(5 * time + 2 * phase)
                canvas.polygon([(x - width, 1.02), (x - 0.8 * width, 1 - 0.35 * tall),
                                (x + lean, 1 - tall), (x + 0.8 * width, 1 - 0.35 * tall),
                                (x + width, 1.02)], color)
        for side in (0.04, 0.96):
            canvas.ellipse((side, 0.3 - 0.1 * ((0.5 * time) % 1)), (0.1, 0.08), (40, 30, 32))
        for x, y, phase in sparks:
            point = (x + 0.02 * np.sin(6 * time + 6 * phase), (y - (0.2 + 0.4 * phase) * time) % 1)
            canvas.ellipse(point, (0.007, 0.007), (255, 170, 60))

    return animate


def forest(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Bare trees in fog at night, with eyes that watch."""
    canvas.gradient((20, 28, 34), (52, 62, 62))
    for depth in range(3):
        shade = mix((44, 54, 56), BLACK, 0.35 + 0.3 * depth)
        for x in (np.arange(5 - depth) + rng.uniform(0.1, 0.9, 5 - depth)) / (5 - depth):
            _bare_tree(canvas, x, 0.016 + 0.012 * depth, shade, rng)
    canvas.ellipse((0.5, 1.05), (0.9, 0.16), BLACK)
    eyes = np.stack([rng.choice((0.08, 0.2, 0.8, 0.92), 4, replace=False),
                     rng.uniform(0.45, 0.9, 4), rng.uniform(0, 2, 4)], axis=1)
    fog = rng.uniform(0, 1, (7, 2))

    def animate(canvas: Canvas, time: float) -> None:
        for x, y in fog:
            x = (x + 0.07 * time) % 1.6 - 0.3
            canvas.ellipse((x, 0.55 + 0.4 * y), (0.24, 0.014), (66, 78, 80))
        for x, y, phase in eyes:
            if (time + phase) % 1.1 > 0.15:
                for dx in (-0.022, 0.022):
                    canvas.ellipse((x + dx, y), (0.014, 0.01), (236, 206, 60))

    return animate


def _tombstone(canvas: Canvas, x: float, y: float, height: float, lean: float,
               cross: bool) -> None:
    if cross:
        outline = np.array([(-0.02, 0), (0.02, 0), (0.02, -0.6), (0.07, -0.6), (0.07, -0.75),
                            (0.02, -0.75), (0.02, -1), (-0.02, -1), (-0.02, -0.75),
                            (-0.07, -0.75), (-0.07, -0.6), (-0.02, -0.6)])
    else:
        angles = np.linspace(np.pi, 2 * np.pi, 10)
        arch = np.stack([0.075 * np.cos(angles), -0.7 + 0.3 * np.sin(angles)], axis=1)
        outline = np.concatenate([[(0.075, 0), (-0.075, 0)], arch])
    points = outline * (1, height)
    points[:, 0] -= lean * points[:, 1]
    canvas.polygon(points + (x, y), (88, 90, 100))
    canvas.line([(x - 0.03, y - 0.4 * height), (x + 0.03, y - 0.4 * height)], (48, 50, 60), 0.012)


def _bare_tree(canvas: Canvas, x: float, width: float, shade: Color,
               rng: np.random.Generator) -> None:
    canvas.polygon([(x - 1.6 * width, 1), (x - 0.5 * width, 0), (x + 0.5 * width, 0),
                    (x + 1.6 * width, 1)], shade)
    for _ in range(5):
        y, side = rng.uniform(0.08, 0.6), rng.choice((-1, 1))
        elbow = np.array([x + side * rng.uniform(0.06, 0.12), y - 0.05])
        canvas.line([(x, y), elbow, elbow + (side * 0.05, -0.09)], shade, width * 0.6)
        canvas.line([elbow, elbow + (side * 0.07, 0.02)], shade, width * 0.4)
