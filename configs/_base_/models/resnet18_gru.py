# ResNet-18 on frames and a GRU over them.
_base_ = './resnet18_lstm.py'

model = dict(neck=dict(kind='gru'))
