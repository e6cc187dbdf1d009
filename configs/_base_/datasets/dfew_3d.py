# DFEW: face crops of one of five folds, as clips for 3D recognizers.
_base_ = './faces.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/dfew'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, fold=fold,
            selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
