"""How well people are told apart, measured by py-motmetrics."""
import motmetrics
import numpy as np

from ous_mmaction.detection.tracks import box_iou

# Share of a face that is in the frame and not hidden, from which it has to be followed. Whether a
# face that is hidden further is found counts neither for nor against the tracker.
CLEAR = 0.75


def identity_scores(truth, tracked):
    """IDF1 and its parts over a film.

    Args:
        truth: The ``faces`` of each frame of a rendered film.
        tracked: What the tracker returned for each frame.
    """
    record = motmetrics.MOTAccumulator(auto_id=True)
    for faces, found in zip(truth, tracked):
        clear = [face for face in faces if face['visible'] >= CLEAR]
        overlap = [ious(group, found) for group in (
            [face for face in faces if face['visible'] < CLEAR], clear)]
        hidden, seen = (iou.max(axis=0, initial=0) for iou in overlap)
        counted = (hidden < 0.3) | (seen >= 0.5)
        distance = np.where(overlap[1] >= 0.5, 1 - overlap[1], np.nan)[:, counted]
        record.update([face['person'] for face in clear],
                      [face.person for face, counts in zip(found, counted) if counts], distance)
    row = motmetrics.metrics.create().compute(
        record, metrics=['idf1', 'idp', 'idr', 'num_switches'], name='film')
    return row.iloc[0].to_dict()


def ious(faces, found):
    return box_iou(np.array([face['box'] for face in faces], float).reshape(-1, 4),
                   np.array([face.box for face in found], float).reshape(-1, 4))
