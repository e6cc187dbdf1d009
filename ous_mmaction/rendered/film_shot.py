from __future__ import annotations

from dataclasses import dataclass

from .film_role import FilmRole
from .passer_by import PasserBy


@dataclass(frozen=True)
class FilmShot:
    """What is seen from one cut to the next.

    Args:
        start (float): Time of the first frame in seconds.
        stop (float): Time in seconds of the next shot's first frame, or the end of the film.
        mood (str): ``'bright'`` or ``'dark'``.
        scene (str): Kind of scene, see ``scenes.MOODS``.
        scene_number (int): Number of the scene. Successive shots of one number show one place.
        mirrored (bool): Whether the scene is seen from the other side.
        roles (tuple[FilmRole, ...]): The people in the shot.
        passer_by (PasserBy | None): What passes before them.
    """
    start: float
    stop: float
    mood: str
    scene: str
    scene_number: int
    mirrored: bool
    roles: tuple[FilmRole, ...]
    passer_by: PasserBy | None
