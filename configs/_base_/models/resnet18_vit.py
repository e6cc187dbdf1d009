# ResNet-18 on frames and a transformer with a class token over them. Only DFER-CLIP's table prints
# this row. The transformer is AEN's, with Former-DFER's sizes.
_base_ = './resnet18_lstm.py'

model = dict(neck=dict(kind='transformer'), cls_head=dict(in_channels=512))
