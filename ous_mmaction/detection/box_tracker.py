from __future__ import annotations

import numpy as np
import torch
from addict import Dict
from mmengine.structures import BaseDataElement, InstanceData

# What mmdet's tracker keeps of each box, in its order.
ITEMS = ('ids', 'bboxes', 'scores', 'labels', 'frame_ids')


class BoxTracker:
    """Chain the boxes of successive frames by position alone: ByteTrack, as mmdet has it.

    Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box",
    2022. This adds what a long film needs to mmdet's tracker: memory that does not grow with the
    number of frames, a pause in seconds, and a state that can be saved.

    Args:
        high_score (float): Score from which a box opens a chain and is matched first.
        low_score (float): Score from which a box continues a chain that found no better one.
        pause (float): Seconds after which a chain without a box ends.
    """

    CONFIRMED_AFTER = 3  # boxes

    def __init__(self, high_score: float, low_score: float, pause: float) -> None:
        from mmdet.models.trackers import ByteTracker
        self.pause = pause
        self.tracker = ByteTracker(
            motion=dict(type='mmdet.KalmanFilter'),
            obj_score_thrs=dict(high=high_score, low=low_score), init_track_thr=high_score,
            num_tentatives=self.CONFIRMED_AFTER, num_frames_retain=2**62)
        self.tracker.memo_items = list(ITEMS)
        self.tracker.kf = self.tracker.motion  # mmdet does so at the first frame only
        self.restart()

    def restart(self) -> None:
        """Forget all chains, as after a cut. Their ids are given again."""
        self.tracker.reset()
        self.count = 0
        self.seen: dict[int, float] = {}

    def track(self, time: float, boxes: np.ndarray,
              scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Continue the chains with the boxes of the next frame.

        Args:
            time (float): Time of the frame in seconds.
            boxes (np.ndarray): Boxes xyxy of shape (N, 4).
            scores (np.ndarray): Scores of shape (N,).

        Returns:
            tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]: The n boxes that are in a chain,
            float32 of shape (n, 4); their scores (n,); the ids of their chains (n,), int64; and
            whether each chain is confirmed (n,), bool: it has three boxes, or began at a restart.
        """
        for ended in [name for name, seen in self.seen.items() if time - seen > self.pause]:
            del self.seen[ended], self.tracker.tracks[ended]
        sample = BaseDataElement(metainfo=dict(frame_id=self.count), pred_instances=InstanceData(
            bboxes=torch.as_tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            scores=torch.as_tensor(scores, dtype=torch.float32).reshape(-1),
            labels=torch.zeros(len(boxes), dtype=torch.long)))
        found = self.tracker.track(sample)
        self.count += 1
        ids = found.instances_id.numpy()
        self.seen.update(dict.fromkeys(ids.tolist(), time))
        self.seen = {name: self.seen[name] for name in self.tracker.tracks}
        for track in self.tracker.tracks.values():
            for item in ITEMS:
                del track[item][:-self.CONFIRMED_AFTER]
        confirmed = np.array([not self.tracker.tracks[name].tentative for name in ids.tolist()],
                             bool)
        return found.bboxes.numpy(), found.scores.numpy(), ids, confirmed

    def state(self) -> dict:
        """Return everything that later frames depend on, as plain data and arrays."""
        return dict(
            count=self.count, num_tracks=int(self.tracker.num_tracks),
            tracks=[dict(seen=self.seen[name], tentative=track.tentative, mean=track.mean.copy(),
                         covariance=track.covariance.copy(),
                         **{item: torch.cat(track[item]).numpy() for item in ITEMS})
                    for name, track in self.tracker.tracks.items()])

    def load_state(self, state: dict) -> None:
        """Go on where :meth:`state` was called."""
        self.restart()
        self.count, self.tracker.num_tracks = state['count'], state['num_tracks']
        for saved in state['tracks']:
            track = Dict(tentative=saved['tentative'], mean=saved['mean'].copy(),
                         covariance=saved['covariance'].copy())
            for item in ITEMS:
                track[item] = list(torch.from_numpy(saved[item].copy()).split(1))
            name = int(saved['ids'][-1])
            self.tracker.tracks[name], self.seen[name] = track, saved['seen']
