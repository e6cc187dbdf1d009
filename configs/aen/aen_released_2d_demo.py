# The 2D model of aen_released_demo.py: that of aen_2d_demo.py on pixels in 0..1.
_base_ = './aen_2d_demo.py'

model = dict(data_preprocessor=dict(mean=[0] * 3, std=[255] * 3))
