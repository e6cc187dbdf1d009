# OUS as the paper describes it. The config of a dataset adds data and class names. docs/paper.md
# lists what the paper leaves open and gives the reasons for each decision.
_base_ = './default_runtime.py'

clip_model = dict(name='ViT-L-14-quickgelu', pretrained='openai')  # open_clip tag, file or None
embed_dims, width = 768, 1024  # D and W of that CLIP
num_frames, frame_size = 16, 224
num_prompt_tokens, num_blocks = 64, 12  # paper Table 4
alpha = 1.0
lr, max_epochs = 0.002, 60
min_lr, max_train_accuracy = 1e-7, 0.8  # end training: converged, overfit; None disables
effective_batch = 16  # clips per step of the optimizer, on any number of processes
batch_size = 4  # per process and iteration; smaller ones are accumulated, larger ones reduced
num_workers = 4

model = dict(
    type='OUSRecognizer',
    data_preprocessor=dict(type='FaceScenePreprocessor'),
    backbone=dict(type='OpenCLIPBackbone', clip_model=clip_model, num_taps=4),
    neck=dict(
        type='FaceSceneNeck',
        in_channels=embed_dims,
        tap_channels=width,
        lstm=dict(axis='time', residual=True),  # without it, seeds collapse, see docs/paper.md
        frames_encoder=dict(max_frames=num_frames, num_layers=12, num_heads=8),
        face_align=dict(kernel_size=3),
        scene_align=dict(kernel_size=1)),  # the mean of the scene is one token
    cls_head=dict(
        type='MCFEHead',
        num_prompt_tokens=num_prompt_tokens,
        mcfe=dict(num_blocks=num_blocks, num_heads=8, num_queries=2, reads='tokens+previous',
                  residual='none'),
        face_tokens='frames',
        loss_cls=dict(type='PromptContrastiveLoss'),
        loss_similarity=dict(type='FaceSceneSimilarityLoss'),
        loss_polarity=dict(type='PolarityLoss')))

# The steps have names, so that another config or --cfg-options can change one of them:
# train_dataloader.dataset.pipeline.split.scene=masked
train_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='full'),
    # No FaceSceneColorJitter, because the polarity encoder reads the colors of the scene.
    crop=dict(type='FaceSceneRandomCrop'),
    flip=dict(type='FaceSceneFlip'),
    pack=dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
              meta_keys=('clip_id', 'face_found')))
test_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='full'),
    pack=dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
              meta_keys=('clip_id', 'face_found')))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='DFERDataset', split='train', pipeline=train_pipeline))
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='DFERDataset', split='val', pipeline=test_pipeline))
test_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='DFERDataset', split='test', pipeline=test_pipeline))
val_evaluator = [dict(type='UARWARMetric'), dict(type='ClipLossMetric')]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='FusedAdam', lr=lr))
# "reduced to a third whenever the loss on the validation set didn't decrease for five consecutive
# epochs": the fifth bad epoch lowers the rate, which this scheduler calls a patience of 4.
param_scheduler = dict(type='ReduceOnPlateauLR', monitor='val/loss', rule='less', factor=1 / 3,
                       patience=4, threshold=0.0)
auto_scale_lr = dict(enable=False, base_batch_size=effective_batch)
default_hooks = dict(
    batch=dict(type='EffectiveBatchHook', effective_batch=effective_batch),
    loss_switch=dict(type='AlphaLossSwitchHook', alpha=alpha),
    stopping=dict(
        type='StoppingRulesHook', min_lr=min_lr, max_train_accuracy=max_train_accuracy))
