# DFEW: the official face crops of one of five folds, prepare_dataset.py dfew --source
# Clip/clip_224x224. The 16-frame crops beside them are another input.
_base_ = './crops.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/dfew_crops'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection,
            crops='native')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
