from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment

from .box_tracker import BoxTracker
from .cuts import CUT, content_change, thumbnail
from .face_appearance import face_appearance
from .person import Person
from .tracked_face import TrackedFace
from .tracks import drop_nested

SURE_AFTER = 3  # faces: a false detection hardly lasts so long


class PeopleTracker:
    """Follow people through a film, frame by frame: across occlusions, cuts, leaving and returning.

    Boxes are chained by position (:class:`BoxTracker`), and the chains end at every cut. Each face
    of a frame then goes to the person whom it resembles most, where staying in the chain of a
    person counts as ``continuity`` of similarity. A face that resembles nobody is a new person: at
    once in the first frame of a shot, else when it is seen in the third frame in a row. The number
    of a person is final when it is given. Memory does not grow with the length of the film.

    Args:
        high_score (float): Score from which a face can be a new person. Defaults to 0.5.
        low_score (float): Score from which a face can continue its chain. Defaults to 0.1.
        pause (float): Seconds after which a chain without a face ends. Defaults to 1.
        cut (float): Change of content, as PySceneDetect measures it, from which two frames are of
            different shots. Defaults to 27.
        same_person (float): Least similarity of a person to himself. Defaults to 0.65.
        continuity (float): What staying in a chain adds to the similarity. Defaults to 0.3.
        looks (int): Number of looks that are kept of each person. Defaults to 8.
        people (int): Number of people who are remembered; the person who was not seen for the
            longest time is forgotten first. Defaults to 200.
        appearance (Callable): Takes an RGB frame (H, W, 3) and boxes (N, 4), and returns unit
            vectors (N, D). Defaults to :func:`face_appearance`.
    """

    def __init__(self,
                 *,
                 high_score: float = 0.5,
                 low_score: float = 0.1,
                 pause: float = 1.0,
                 cut: float = CUT,
                 same_person: float = 0.65,
                 continuity: float = 0.3,
                 looks: int = 8,
                 people: int = 200,
                 appearance: Callable[[np.ndarray, np.ndarray], np.ndarray] = face_appearance
                 ) -> None:
        self.settings = dict(high_score=high_score, low_score=low_score, pause=pause, cut=cut,
                             same_person=same_person, continuity=continuity, looks=looks,
                             people=people)
        self.appearance = appearance
        self.boxes = BoxTracker(high_score, low_score, pause)
        self.people: list[Person] = []
        self.count = 0  # of people, the forgotten ones included
        self.time = -np.inf
        self.thumbnail: np.ndarray | None = None

    def update(self, time: float, frame: np.ndarray, boxes: np.ndarray,
               scores: np.ndarray) -> list[TrackedFace]:
        """Tell the people of the next frame apart.

        Args:
            time (float): Time of the frame in seconds, later than that of the frame before.
            frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.
            boxes (np.ndarray): Boxes xyxy of the detected faces in pixels, of shape (N, 4).
            scores (np.ndarray): Their scores, of shape (N,).

        Returns:
            list[TrackedFace]: The faces, in the order of their persons' numbers. A detection of low
            score that continues nobody, and a stranger who may be a false detection, are left out.

        Raises:
            ValueError: If the time is not later than that of the frame before.
        """
        if time <= self.time:
            raise ValueError(f'The frames must be passed in the order of their times, but the '
                             f'frame at {time:g} s follows that at {self.time:g} s')
        self.time = time
        if self._is_cut(frame):
            self.boxes.restart()
            self.people = [person for person in self.people if person.count >= SURE_AFTER]
            for person in self.people:
                person.tracklet = None
        kept = drop_nested(boxes, scores)
        boxes, scores, tracklets, confirmed = self.boxes.track(time, boxes[kept], scores[kept])
        if not len(boxes):
            return []
        persons = self._recognize(self.appearance(frame, boxes), tracklets, confirmed)
        faces = [TrackedFace(person.number, box, float(score))
                 for person, box, score in zip(persons, boxes, scores) if person]
        return sorted(faces, key=lambda face: face.person)

    def _is_cut(self, frame: np.ndarray) -> bool:
        before, self.thumbnail = self.thumbnail, thumbnail(frame)
        return (before is not None
                and content_change(before, self.thumbnail) >= self.settings['cut'])

    def _recognize(self, looks: np.ndarray, tracklets: np.ndarray,
                   confirmed: np.ndarray) -> list[Person | None]:
        """Return the person of each face by its look (N, D) and its chain (N,).

        A stranger is nobody until the chain is confirmed (N,).
        """
        likeness = np.zeros((len(looks), len(self.people)))
        for column, person in enumerate(self.people):
            same_chain = tracklets == person.tracklet
            # Who was seen too seldom to be sure is recognized by the chain only.
            similarity = person.likeness(looks) * (same_chain | (person.count >= SURE_AFTER))
            likeness[:, column] = similarity + self.settings['continuity'] * same_chain
        rows, columns = linear_sum_assignment(likeness, maximize=True)
        known = {row: self.people[column] for row, column in zip(rows, columns)
                 if likeness[row, column] >= self.settings['same_person']}
        for person in self.people:
            if person.tracklet in tracklets:  # given anew below
                person.tracklet = None
        persons = []
        for row, (look, tracklet) in enumerate(zip(looks, tracklets.tolist())):
            person = known.get(row) or (self._meet(look) if confirmed[row] else None)
            if person:
                person.tracklet, person.seen = tracklet, self.time
                person.count += 1
                person.remember(look, 0.9, self.settings['looks'])
            persons.append(person)
        self._forget()
        return persons

    def _meet(self, look: np.ndarray) -> Person:
        self.count += 1
        self.people.append(Person(self.count, look[None], None, self.time))
        return self.people[-1]

    def _forget(self) -> None:
        """Forget those who were not seen for the longest time, down to the number to remember."""
        if len(self.people) > self.settings['people']:
            recent = sorted(self.people, key=lambda person: -person.seen)
            kept = recent[:self.settings['people']]
            self.people = sorted(kept, key=lambda person: person.number)

    def state(self) -> dict:
        """Return everything that later frames depend on: numbers, strings, lists and arrays."""
        return dict(
            settings=dict(self.settings), count=self.count, time=self.time,
            thumbnail=self.thumbnail, boxes=self.boxes.state(),
            people=[dict(vars(person)) for person in self.people])

    @classmethod
    def from_state(cls, state: dict,
                   appearance: Callable[[np.ndarray, np.ndarray], np.ndarray] = face_appearance
                   ) -> PeopleTracker:
        """Return a tracker that goes on where :meth:`state` was called.

        Args:
            state (dict): What :meth:`state` returned.
            appearance (Callable): The same one as before.
        """
        tracker = cls(**state['settings'], appearance=appearance)
        tracker.count, tracker.time = state['count'], state['time']
        tracker.thumbnail = state['thumbnail']
        tracker.boxes.load_state(state['boxes'])
        tracker.people = [Person(**person) for person in state['people']]
        return tracker
