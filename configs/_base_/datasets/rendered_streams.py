# The rendered benchmark: both streams, for two-stream recognizers.
_base_ = './rendered_clips.py'

num_frames, frame_size = 16, 32

read = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='full'),
]
pack = dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
            meta_keys=('clip_id', 'face_found'))
train_pipeline = [
    dict(type='SampleClip', clip_len=num_frames), *read, dict(type='FaceSceneFlip'), pack]
test_pipeline = [dict(type='SampleClip', clip_len=num_frames, test_mode=True), *read, pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
