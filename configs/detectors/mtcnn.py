# MTCNN for real faces, without a download: pip install 'facenet-pytorch<2.6' includes its weights.
# Later versions require an old torch, but also work if they are installed with --no-deps.
image_size = (640, 640)  # width, height
min_face_size = 20  # pixels at this image size

default_scope = 'mmdet'
custom_imports = dict(
    imports=['ous_mmaction', 'ous_mmaction.detection.mtcnn_face_detector'],
    allow_failed_imports=False)

model = dict(
    type='MTCNNFaceDetector',
    min_face_size=min_face_size,
    score_thrs=(0.6, 0.7, 0.7),
    data_preprocessor=dict(
        type='DetDataPreprocessor', mean=[127.5] * 3, std=[128.] * 3, bgr_to_rgb=True),
    init_cfg=dict(type='Pretrained', checkpoint='facenet-pytorch://mtcnn'))

test_dataloader = dict(
    dataset=dict(
        type='CocoDataset',
        metainfo=dict(classes=('face', )),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=image_size, keep_ratio=True),
            dict(type='Pad', pad_to_square=True, pad_val=dict(img=(128., 128., 128.))),
            dict(
                type='PackDetInputs',
                meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'))
        ]))
