# MAFW: face crops of one of five folds, in pairs with the frames, see docs/datasets.md. The dataset
# hands out none, so every code has its own.
_base_ = './crops.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection,
            crops='native', pipeline=dict(read=dict(folder='face_dir')))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
