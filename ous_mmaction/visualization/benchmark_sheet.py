from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..datasets.face_boxes import read_face_boxes
from ..datasets.transforms.face_scene_split import FaceSceneSplit
from ..datasets.transforms.sample_clip import sample_segments
from ..video import open_video
from .contact_sheet import ContactRow, draw_contact_sheet


def draw_benchmark_sheet(root: str | Path, predictions: Mapping[str, dict], path: str | Path,
                         num_frames: int = 4) -> None:
    """Draw rendered test clips with their predictions: twins side by side, then clear faces.

    Args:
        root (str | Path): Rendered benchmark with ``faces.jsonl``.
        predictions (Mapping[str, dict]): Entries of a DumpPredictions file by clip id.
        path (str | Path): Image file to write.
        num_frames (int): Frames to show per clip. Defaults to 4.
    """
    root = Path(root)
    benchmark = json.loads((root / 'benchmark.json').read_text(encoding='utf-8'))
    boxes = read_face_boxes(root / 'faces.jsonl')[1]
    by_number = {clip['number']: clip for clip in benchmark['clips']}
    tested = {int(clip_id): entry for clip_id, entry in predictions.items()}
    boxes = {int(clip_id): entry for clip_id, entry in boxes.items()}
    split = FaceSceneSplit(size=128)

    def row(number: int) -> ContactRow:
        clip, entry, face = by_number[number], tested[number], boxes[number]
        chosen = sample_segments(clip['num_frames'], num_frames, random=False)
        frames = open_video(root / 'Clip' / 'original' / f'{number}.mp4').read(chosen)
        view = split(dict(imgs=frames, face_boxes=face.boxes[chosen], face_found=face.has_face))
        kind = 'clear face' if clip['twin'] is None else 'ambiguous face'
        predicted = benchmark['classes'][entry['prediction']]
        title = (f"{clip['emotion']} ({kind}, {clip['mood']} scene): predicted {predicted} "
                 f"{max(entry['scores']):.2f}")
        face_view, scene_view = (np.moveaxis(view[stream][num_frames // 2].numpy(), 0, -1)
                                 for stream in ('face', 'scene'))
        return ContactRow(title, frames, face.boxes[chosen], face_view, scene_view)

    draw_contact_sheet([row(number) for number in choose_clips(by_number, tested)], path)


def choose_clips(by_number: Mapping[int, dict], tested: Mapping[int, dict]) -> list[int]:
    """Choose one pair of twins per ambiguous expression, then one clear clip per class.

    Args:
        by_number (Mapping[int, dict]): Clips of the benchmark by number.
        tested (Mapping[int, dict]): Tested clips by number.

    Returns:
        list[int]: Numbers of the chosen clips. Lower numbers take precedence.
    """
    chosen, shown = [], set()
    for number in sorted(tested):
        clip = by_number[number]
        if clip['twin'] is not None and clip['expression'] not in shown:
            shown.add(clip['expression'])
            chosen += [number, clip['twin']]
    for number in sorted(tested):
        clip = by_number[number]
        if clip['twin'] is None and clip['emotion'] not in shown:
            shown.add(clip['emotion'])
            chosen.append(number)
    return chosen
