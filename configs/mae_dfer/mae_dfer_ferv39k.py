# FERV39k: MAE-DFER on its only split, with the official face crops. Every frame is read, because
# the clips are short.
_base_ = '../_base_/mae_dfer.py'

stride = 1
batch_size = 40  # per process, three processes
lr, batch_of_lr = 4.6875e-4, 120
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, selection=selection, crops='native',
            pipeline=dict(sample=dict(stride=stride), read=dict(folder='face_dir')))
train_dataloader = dict(batch_size=batch_size, dataset=data)
val_dataloader = dict(batch_size=batch_size, dataset=data)
test_dataloader = dict(batch_size=batch_size, dataset=data)
optim_wrapper = dict(optimizer=dict(lr=lr))
auto_scale_lr = dict(base_batch_size=batch_of_lr)
