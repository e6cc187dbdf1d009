# MAFW from folders of frames and of face crops in pairs: `prepare_dataset.py mafw` with --source.
_base_ = './_base_/ous_pairs.py'

fold = 1
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(cls_head=dict(class_names=class_names))
train_dataloader = dict(dataset=dict(
    data_root=data_root, ann_file=f'annotations/fold{fold}_train.json', classes=class_names))
test_dataset = dict(
    data_root=data_root, ann_file=f'annotations/fold{fold}_test.json', classes=class_names)
val_dataloader = dict(dataset=test_dataset)
test_dataloader = dict(dataset=test_dataset)
