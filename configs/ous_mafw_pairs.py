# MAFW from pairs of folders with frames and face crops, see `prepare_dataset.py mafw --source`.
_base_ = './_base_/ous_pairs.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
