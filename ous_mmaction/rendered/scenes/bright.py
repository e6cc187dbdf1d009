"""Bright scenes.

Each painter draws the parts that do not move on a canvas (unit square). It returns the function
that draws the parts that move, at a time in seconds.
"""
from __future__ import annotations

from typing import Callable

import numpy as np

from ..canvas import Canvas, Color, Point, mix

Animate = Callable[[Canvas, float], None]
VIVID = ((238, 70, 76), (252, 176, 40), (250, 226, 70), (92, 196, 96), (70, 150, 240),
         (232, 104, 190), (150, 100, 226))


def beach(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Sand, sea with a sailing boat, palms and a parasol under the sun."""
    horizon, shore = rng.uniform(0.34, 0.46), rng.uniform(0.62, 0.72)
    _sky(canvas, rng, horizon)
    canvas.gradient((40, 150, 214), (96, 210, 222), horizon, shore)
    canvas.gradient((250, 226, 160), (238, 198, 120), shore, 1.0)
    side = rng.choice((-1, 1))
    _sun(canvas, (0.5 + 0.38 * side, rng.uniform(0.12, 0.2)))
    _palm(canvas, 0.5 - 0.4 * side, shore + 0.12, rng.uniform(0.5, 0.6))
    _parasol(canvas, 0.5 + 0.36 * side, rng.uniform(0.8, 0.88), VIVID[rng.integers(len(VIVID))])
    drift, start = rng.uniform(0.03, 0.06) * side, rng.uniform(0.1, 0.9)
    sail = VIVID[rng.integers(len(VIVID))]

    def animate(canvas: Canvas, time: float) -> None:
        x, y = (start + drift * time) % 1, horizon + 0.02
        canvas.polygon([(x - 0.07, y), (x + 0.07, y), (x + 0.04, y + 0.04), (x - 0.04, y + 0.04)],
                       (120, 70, 50))
        canvas.polygon([(x, y - 0.16), (x, y - 0.01), (x + 0.07, y - 0.01)], sail)
        canvas.polygon([(x - 0.01, y - 0.14), (x - 0.01, y - 0.01), (x - 0.06, y - 0.01)],
                       (255, 255, 255))
        u = np.linspace(0, 1, 24)
        waves = [np.stack([u, y + 0.01 * np.sin(40 * u + 3 * time + 9 * y)], axis=1)
                 for y in np.linspace(horizon + 0.09, shore, 4)]
        canvas.lines(waves, (226, 246, 250), 0.008)

    return animate


def meadow(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """Hills full of flowers, drifting clouds and butterflies."""
    horizon = rng.uniform(0.42, 0.55)
    _sky(canvas, rng, horizon + 0.1)
    _sun(canvas, (rng.choice((0.13, 0.87)), rng.uniform(0.12, 0.18)))
    canvas.ellipse((rng.uniform(0, 0.4), 1.1), (0.9, 1.1 - horizon), (126, 206, 96))
    canvas.ellipse((rng.uniform(0.6, 1), 1.25), (1.0, 1.2 - horizon), (98, 190, 84))
    flowers = [(x, y, VIVID[rng.integers(len(VIVID))]) for x, y in
               zip(rng.uniform(0, 1, 46), rng.uniform(horizon + 0.16, 1, 46))]
    clouds = _clouds(rng, 3, 0.25)
    butterflies = rng.uniform(0, 1, (4, 4))

    def animate(canvas: Canvas, time: float) -> None:
        _drift_clouds(canvas, clouds, time)
        for x, y, color in flowers:
            sway = 0.006 * np.sin(3 * time + 20 * x)
            canvas.ellipse((x + sway, y), (0.022, 0.022), color)
            canvas.ellipse((x + sway, y), (0.008, 0.008), (255, 240, 150))
        for x, y, speed, phase in butterflies:
            center = np.array([(x + 0.1 * (speed + 0.5) * time) % 1,
                               0.3 + 0.6 * y + 0.03 * np.sin(5 * time + 6 * phase)])
            flap = 0.012 + 0.02 * abs(np.sin(14 * time + 6 * phase))
            color = VIVID[int(phase * len(VIVID))]
            canvas.ellipse(center - (flap, 0.008), (flap, 0.024), color, 0.5)
            canvas.ellipse(center + (flap, -0.008), (flap, 0.024), color, -0.5)

    return animate


def party(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """A light room with bunting, rising balloons and confetti."""
    wall = mix(VIVID[rng.integers(len(VIVID))], (255, 250, 236), 0.74)
    canvas.gradient(wall, mix(wall, (255, 255, 255), 0.4))
    canvas.gradient((236, 196, 140), (222, 172, 110), 0.86, 1.0)
    for row in (0.0, 0.14):
        for index, x in enumerate(np.linspace(0, 1, 9)[:-1]):
            y = row + 0.05 * np.sin(np.pi * ((2 * x) % 1))
            canvas.polygon([(x, y), (x + 0.11, y), (x + 0.055, y + 0.11)],
                           VIVID[(index + rng.integers(2)) % len(VIVID)])
    balloons = rng.uniform(0, 1, (11, 4))
    balloons[:, 0] = (np.arange(11) + rng.uniform(0.2, 0.8, 11)) / 11
    confetti = rng.uniform(0, 1, (40, 3))

    def animate(canvas: Canvas, time: float) -> None:
        for x, y, speed, hue in balloons:
            height = 1.15 - ((1 - y) + (0.08 + 0.12 * speed) * time) % 1.3
            x = x + 0.012 * np.sin(2 * time + 9 * hue)
            color = VIVID[int(hue * len(VIVID))]
            canvas.line([(x, height + 0.07), (x + 0.01, height + 0.2)], (150, 140, 150), 0.005)
            canvas.ellipse((x, height), (0.055, 0.072), color)
            canvas.ellipse((x - 0.018, height - 0.025), (0.012, 0.02), mix(color, (255,) * 3, 0.6))
        for x, y, hue in confetti:
            center = (x, (y + 0.25 * (0.6 + hue) * time) % 1)
            canvas.ellipse(center, (0.012, 0.007), VIVID[int(hue * len(VIVID))],
                           9 * time + 20 * hue)

    return animate


def funfair(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """A turning ferris wheel beside striped tents."""
    _sky(canvas, rng, 0.8)
    canvas.gradient((150, 214, 110), (120, 190, 90), 0.8, 1.0)
    for x in (0.06, 0.5, 0.94):
        _tent(canvas, x, 0.84, VIVID[rng.integers(len(VIVID))])
    hub = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.42, 0.5)])
    radius, turn = rng.uniform(0.37, 0.42), rng.choice((-1, 1)) * rng.uniform(0.4, 0.8)
    canvas.lines([[hub, (hub[0] - 0.2, 0.9)], [hub, (hub[0] + 0.2, 0.9)]], (150, 90, 160), 0.02)
    clouds = _clouds(rng, 2, 0.18)

    def animate(canvas: Canvas, time: float) -> None:
        _drift_clouds(canvas, clouds, time)
        angles = turn * time + np.linspace(0, 2 * np.pi, 12, endpoint=False)
        rim = hub + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        canvas.line(hub + radius * np.stack([np.cos(around), np.sin(around)], axis=1),
                    (214, 70, 130), 0.016, closed=True)
        canvas.lines([[hub, point] for point in rim], (250, 250, 255), 0.008)
        for index, (x, y) in enumerate(rim):
            color = VIVID[index % len(VIVID)]
            canvas.ellipse((x, y + 0.03), (0.042, 0.036), color)
            canvas.polygon([(x - 0.04, y + 0.02), (x + 0.04, y + 0.02), (x, y - 0.03)],
                           mix(color, (255, 255, 255), 0.5))

    return animate


def rainbow(canvas: Canvas, rng: np.random.Generator) -> Animate:
    """A rainbow over a lake, with clouds and flying birds."""
    _sky(canvas, rng, 0.8)
    center = (rng.uniform(0.35, 0.65), 0.76)
    for index, color in enumerate(VIVID[:5] + VIVID[6:]):
        radius = 0.66 - 0.035 * index
        angles = np.linspace(np.pi, 2 * np.pi, 40)
        canvas.line(np.array(center) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1),
                    mix(color, (255, 255, 255), 0.15), 0.038)
    canvas.ellipse((0.1, 0.84), (0.4, 0.16), (118, 200, 104))
    canvas.ellipse((0.9, 0.84), (0.4, 0.16), (138, 212, 110))
    canvas.gradient((126, 208, 236), (76, 168, 222), 0.8, 1.0)
    clouds, birds = _clouds(rng, 3, 0.5), rng.uniform(0, 1, (5, 3))

    def animate(canvas: Canvas, time: float) -> None:
        _drift_clouds(canvas, clouds, time)
        for x, y, phase in birds:
            x, y = (x + 0.12 * time) % 1, 0.06 + 0.5 * y
            lift = 0.022 * np.sin(8 * time + 6 * phase)
            canvas.line([(x - 0.04, y - lift), (x, y), (x + 0.04, y - lift)], (255,) * 3, 0.014)
        glints = [[(x, y), (x + 0.08, y)] for x, y in
                  zip((np.arange(9) * 0.37 + 0.05 * time) % 1, np.linspace(0.83, 0.98, 9))]
        canvas.lines(glints, (220, 244, 252), 0.008)

    return animate


def _sky(canvas: Canvas, rng: np.random.Generator, horizon: float) -> None:
    top = mix((70, 160, 244), (130, 196, 250), rng.uniform())
    canvas.gradient(top, (214, 240, 255), 0.0, horizon)


def _sun(canvas: Canvas, center: Point) -> None:
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        ray = np.array([np.cos(angle), np.sin(angle)])
        canvas.line([center + 0.12 * ray, center + 0.16 * ray], (255, 214, 70), 0.016)
    canvas.ellipse(center, (0.1, 0.1), (255, 222, 80))


def _palm(canvas: Canvas, x: float, y: float, height: float) -> None:
    top = np.array([x + 0.03, y - height])
    canvas.polygon([(x - 0.03, y), (x + 0.03, y), top + (0.015, 0), top - (0.015, 0)],
                   (150, 104, 62))
    for angle in np.linspace(0.1, np.pi - 0.1, 6):
        leaf = top + (0.11 * np.cos(angle), 0.02 - 0.06 * np.sin(angle))
        canvas.ellipse(leaf, (0.12, 0.026), (52, 160, 84), 0.7 * np.cos(angle))


def _parasol(canvas: Canvas, x: float, y: float, color: Color) -> None:
    canvas.line([(x, y - 0.2), (x, y + 0.08)], (250, 250, 250), 0.014)
    angles = np.linspace(np.pi, 2 * np.pi, 7)
    rim = np.stack([x + 0.15 * np.cos(angles), y - 0.16 + 0.11 * np.sin(angles)], axis=1)
    for index in range(6):
        canvas.polygon([(x, y - 0.16), rim[index], rim[index + 1]],
                       color if index % 2 else (255, 255, 255))


def _tent(canvas: Canvas, x: float, y: float, color: Color) -> None:
    edges = np.linspace(x - 0.16, x + 0.16, 7)
    for index in range(6):
        shade = color if index % 2 else (255, 252, 244)
        canvas.polygon([(x, y - 0.26), (edges[index], y - 0.1), (edges[index + 1], y - 0.1)], shade)
        canvas.polygon([(edges[index], y - 0.1), (edges[index + 1], y - 0.1),
                        (edges[index + 1], y + 0.08), (edges[index], y + 0.08)], shade)


def _clouds(rng: np.random.Generator, count: int, lowest: float) -> np.ndarray:
    """Draw x, y and speed of clouds, shape (count, 3)."""
    return np.stack([rng.uniform(0, 1, count), rng.uniform(0.06, lowest, count),
                     rng.uniform(0.03, 0.1, count)], axis=1)


def _drift_clouds(canvas: Canvas, clouds: np.ndarray, time: float) -> None:
    for x, y, speed in clouds:
        x = (x + speed * time + 0.2) % 1.4 - 0.2
        for dx, dy, radius in ((-0.07, 0.01, 0.045), (0, -0.015, 0.06), (0.075, 0.01, 0.045)):
            canvas.ellipse((x + dx, y + dy), (radius * 1.3, radius), (255, 255, 255))
