# MAFW: face crops of one of five folds, as clips for 3D recognizers. The recipe is that of the
# other datasets. The MAFW paper used another one for its rows: learning rate 1e-4, all frames of a
# clip, batches of 8 or 16.
_base_ = './faces.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, fold=fold,
            selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
