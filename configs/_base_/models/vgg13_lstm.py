# VGG-13 on frames and an LSTM over its second fully connected layer, which gives the 133 M that
# FERV39k prints.
_base_ = './vgg11_lstm.py'

model = dict(backbone=dict(depth=13, fc_channels=(4096, 4096)))
