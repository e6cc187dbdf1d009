# DFEW as the released code really computes it, expressed by the keys of the same classes.
# docs/paper.md lists where it departs from the paper and which of the two is our default;
# docs/zoo/ous.md says what else is known of its input. It reads the official face crops:
#     python tools/prepare_dataset.py dfew data/dfew_crops --source Clip/clip_224x224
_base_ = '../ous_dfew.py'

data_root = 'data/dfew_crops'
num_prompt_tokens = 32
lr, max_epochs = 2e-4, 40
effective_batch = 64
batch_size = 32  # per process, on two GPUs

model = dict(
    backbone=dict(num_taps=0),  # no polarity encoder
    neck=dict(
        tap_channels=None,
        lstm=dict(axis='stream', residual=True),
        face_align=None,
        scene_frames='all',
        scene_align=dict(kernel_size=None)),
    cls_head=dict(
        # One of the orders that its Python set can have. The prompts of a released checkpoint have
        # their own order, which tools/convert_checkpoint.py prints.
        prompt_names=['happiness', 'sadness', 'neutral', 'anger', 'surprise', 'disgust', 'fear'],
        prompt_suffix='.',
        num_prompt_tokens=num_prompt_tokens,
        face_tokens='pooled',
        mcfe=dict(shared_query=False, query_mean=1., query_std=0., reads='previous',
                  residual='tokens', act='QuickGELU', max_positions=16),
        loss_similarity=None,
        loss_polarity=None))

# Both streams read the face folder, without augmentation, and paste each frame on a canvas.
steps = dict(
    sample=dict(_delete_=True, type='SampleClip', clip_len=16, select='last'),
    boxes=dict(whole_frames=True),
    split=dict(scene='face', interpolation='canvas'))
data = dict(data_root=data_root, boxes_file=None)
train_dataloader = dict(
    batch_size=batch_size, dataset=dict(**data, pipeline=dict(**steps, crop=None, flip=None)))
val_dataloader = dict(batch_size=batch_size, dataset=dict(**data, pipeline=steps))
test_dataloader = dict(batch_size=batch_size, dataset=dict(**data, pipeline=steps))

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr, weight_decay=1e-6))
param_scheduler = dict(factor=0.3, patience=2, threshold=1e-3)
auto_scale_lr = dict(base_batch_size=effective_batch)
default_hooks = dict(
    batch=dict(effective_batch=effective_batch),
    loss_switch=dict(alpha=None),  # cross-entropy alone, nothing to switch
    stopping=dict(min_lr=None, max_train_accuracy=None))
