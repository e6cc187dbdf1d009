"""The one door for weights: read safely, checked against the model, written whole."""
from .atomic_local_backend import AtomicLocalBackend
from .clip_model_weights import find_clip_weights
from .fingerprint import fingerprint_of
from .foreign import foreign_notes, foreign_tensors, read_foreign, sha256_of
from .reading import classes_of, load_state_dict, read_checkpoint, read_state_dict
from .resuming import check_free_for, newest_checkpoint
from .safe_loading import explain_refusal, load_from_local
from .stamped_module import StampedModule
from .stand_in import StandIn
from .torchscript import is_torchscript, read_torchscript
from .trained_clips import (
    add_clips,
    check_same_clips,
    check_unseen_clips,
    clips_of,
    describe_clips,
)
from .writing import as_plain_data, describe_model, save_checkpoint

__all__ = ['AtomicLocalBackend', 'StampedModule', 'StandIn', 'add_clips', 'as_plain_data',
           'check_free_for', 'check_same_clips', 'check_unseen_clips', 'classes_of', 'clips_of',
           'describe_clips', 'describe_model', 'explain_refusal', 'find_clip_weights',
           'fingerprint_of', 'foreign_notes', 'foreign_tensors', 'is_torchscript',
           'load_from_local', 'load_state_dict', 'newest_checkpoint', 'read_checkpoint',
           'read_foreign', 'read_state_dict', 'read_torchscript', 'save_checkpoint', 'sha256_of']
