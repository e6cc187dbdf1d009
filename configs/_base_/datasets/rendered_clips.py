# The rendered benchmark at the size that a CPU trains: face crops as clips for 3D recognizers.
_base_ = './dfew_clips.py'

data_root = 'data/rendered'
num_frames, frame_size = 16, 32
num_frames_2d = 8
batch_size = 16
num_workers = 1

read = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='face'),
    dict(type='TakeStream', stream='face'),
]
train = [*read, dict(type='Flip')]
pack = dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found'))
clips = [dict(type='FormatShape', input_format='NCTHW'), pack]
frames = [dict(type='FormatShape', input_format='NCHW'), pack]
train_pipeline = [dict(type='SampleClip', clip_len=num_frames), *train, *clips]
test_pipeline = [dict(type='SampleClip', clip_len=num_frames, test_mode=True), *read, *clips]
frames_train_pipeline = [dict(type='SampleClip', clip_len=num_frames_2d), *train, *frames]
frames_test_pipeline = [
    dict(type='SampleClip', clip_len=num_frames_2d, test_mode=True), *read, *frames]

loader = dict(batch_size=batch_size, num_workers=num_workers)
train_dataloader = dict(**loader, dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(**loader, dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_dataloader = dict(**loader, dataset=dict(data_root=data_root, pipeline=test_pipeline))
