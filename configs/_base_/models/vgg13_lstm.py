# VGG-13 on frames, LSTM over its second fully connected layer: FERV39k's printed 133 M.
_base_ = './vgg11_lstm.py'

model = dict(backbone=dict(depth=13, fc_channels=(4096, 4096)))
