# FERV39k: pairs of face crops and full frames, for two-stream recognizers.
_base_ = './ferv39k_clips.py'

num_frames, frame_size = 16, 112

pack = dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
            meta_keys=('clip_id', 'face_found'))
train_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2),
    dict(type='ReadPair', size=frame_size),
    dict(type='FaceSceneRandomCrop'),
    dict(type='FaceSceneFlip'),
    pack,
]
test_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2, test_mode=True),
    dict(type='ReadPair', size=frame_size),
    pack,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
