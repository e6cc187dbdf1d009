# Face and scene for CLIP-CAER: the face box with a border of 20 px, stretched to a square, and the
# whole frame in a letterbox. RAER's class folders, see docs/datasets.md, with faces by
# tools/extract_faces.py.
num_frames, frame_size = 16, 224
batch_size = 8  # per process
num_workers = 4
data_root = 'data/raer'
class_names = ['Neutrality', 'Enjoyment', 'Confusion', 'Fatigue', 'Distraction']

sample = dict(type='SampleDynamic', clip_len=num_frames, short='all')
split = dict(type='FaceSceneSplit', size=frame_size, border=20, scene='letterbox',
             interpolation='bilinear')
pack = dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
            meta_keys=('clip_id', 'face_found'))
train_pipeline = dict(
    sample=sample,
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=split,
    rotate=dict(type='FaceSceneRotate', degrees=4),
    flip=dict(type='FaceSceneFlip', shared=False),
    pack=pack)
test_pipeline = dict(
    sample=dict(**sample, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=split,
    pack=pack)

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
data = dict(type='DFERDataset', data_root=data_root, boxes_file='faces.jsonl', classes=class_names)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**data, split='train', pipeline=train_pipeline))
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**data, split='val', pipeline=test_pipeline))
test_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**data, split='test', pipeline=test_pipeline))
val_evaluator = [dict(type='UARWARMetric'), dict(type='ClipLossMetric')]
test_evaluator = val_evaluator
