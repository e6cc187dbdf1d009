# ResNet-18 on frames, transformer over them with a class token. DFER-CLIP's table alone prints this
# row; the transformer is AEN's, of Former-DFER's sizes.
_base_ = './resnet18_lstm.py'

model = dict(neck=dict(kind='transformer'), cls_head=dict(in_channels=512))
