# YOLOX-s for real faces: one class, 640 x 640, trained by OpenMMLab on the people in COCO. The
# weights are downloaded. Without network access, download them elsewhere and set `weights` to the
# file. They are those of a YOLOX-s, although their name says yolo-x.
weights = ('https://download.openmmlab.com/mmpose/mmdet_pretrained/'
           'yolo-x_8xb8-300e_coco-face_13274d7c.pth')
image_size = (640, 640)  # width, height

default_scope = 'mmdet'
custom_imports = dict(imports=['ous_mmaction'], allow_failed_imports=False)

model = dict(
    type='YOLOX',
    data_preprocessor=dict(type='DetDataPreprocessor', pad_size_divisor=32),
    backbone=dict(
        type='CSPDarknet', deepen_factor=0.33, widen_factor=0.5, out_indices=(2, 3, 4)),
    neck=dict(type='YOLOXPAFPN', in_channels=[128, 256, 512], out_channels=128, num_csp_blocks=1),
    bbox_head=dict(type='YOLOXHead', num_classes=1, in_channels=128, feat_channels=128),
    test_cfg=dict(score_thr=0.01, nms=dict(type='nms', iou_threshold=0.65)),
    init_cfg=dict(type='Pretrained', checkpoint=weights))

test_dataloader = dict(
    dataset=dict(
        type='CocoDataset',
        metainfo=dict(classes=('face', )),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=image_size, keep_ratio=True),
            dict(type='Pad', pad_to_square=True, pad_val=dict(img=(114.0, 114.0, 114.0))),
            dict(
                type='PackDetInputs',
                meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'))
        ]))
