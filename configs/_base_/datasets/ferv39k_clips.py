# FERV39k: face crops of its one split, as clips for 3D recognizers. faces.py with the crops that
# the dataset brings.
_base_ = './faces.py'

# What picks the checkpoint: 'test', as in the literature, or 'holdout', a tenth of the training
# split.
selection = 'test'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
num_frames, frame_size = 16, 112

read = [dict(type='ReadPair', size=224), dict(type='TakeStream', stream='face')]
train = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2),
    *read,
    dict(type='RandomResizedCrop', area_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3)),
    dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    dict(type='Flip'),
]
test = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2, test_mode=True),
    *read,
    dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
]
pack = dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found'))
clips = [dict(type='FormatShape', input_format='NCTHW'), pack]
frames = [dict(type='FormatShape', input_format='NCHW'), pack]
frames_train_pipeline, frames_test_pipeline = [*train, *frames], [*test, *frames]

data = dict(data_root=data_root, classes=class_names)
train_file, test_file = 'annotations/train.json', 'annotations/test.json'
train_dataloader = dict(dataset=dict(
    **data, pipeline=[*train, *clips], ann_file=train_file,
    part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, pipeline=[*test, *clips], **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, pipeline=[*test, *clips], ann_file=test_file))
