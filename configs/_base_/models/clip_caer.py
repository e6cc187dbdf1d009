# CLIP-CAER: DFER-CLIP's image tower reads face and scene, a transformer of its own joins the frames
# of each, and a linear layer joins both. The descriptions are our own words.
_base_ = './dfer_clip.py'

descriptions = dict(
    Neutrality='a calm face turned to the screen or the book, an upright body, steady eyes',
    Enjoyment='a smile, bright eyes, a body that leans forward, lively gestures',
    Confusion='drawn eyebrows, a tilted head, a hand at the chin or in the hair, a searching look',
    Fatigue='drooping eyelids, a yawn, a head on the hand or the desk, a slumped body',
    Distraction='eyes that wander from the work, a head turned away, a hand that plays with things')

model = dict(
    type='SharedBackboneRecognizer',
    data_preprocessor=dict(_delete_=True, type='FaceScenePreprocessor', mean=[0] * 3, std=[1] * 3),
    neck=dict(dropout=0.1),
    cls_head=dict(in_channels=1024, descriptions=dict(_delete_=True, **descriptions)))
