# MAFW: AEN on one of five folds, 11 classes. First train aen_2d_mafw.py.
_base_ = '../_base_/aen.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/mafw'
# It must be of the same fold: its stills come from that fold's training clips, and the trunk starts
# with its weights.
fer2d_checkpoint = 'work_dirs/aen_2d_mafw_fold1/epoch_100.pth'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

# The groups of the sentiments are those of emotions.py: MAFW's four own emotions are negative.
model = dict(cls_head=dict(class_names=class_names), fer2d=dict(checkpoint=fer2d_checkpoint))
data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, fold=fold,
            selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
