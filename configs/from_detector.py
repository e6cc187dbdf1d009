# OUS on the rendered benchmark with the face detector inside the data pipeline, as the paper
# describes the split: there is no boxes file, and each worker of a loader has a detector of its
# own. The boxes are those that tools/extract_faces.py writes. It finds them once, this config finds
# them again in every epoch. For another dataset, give its config the step `boxes` and
# `boxes_file=None`, with configs/detectors/mtcnn.py or another detector of real faces.
_base_ = './ous_demo.py'

boxes = dict(
    _delete_=True,
    type='DetectFaces',
    config='configs/detectors/yolox_demo.py',
    checkpoint='ous_mmaction/rendered/weights/face_detector.pth',
    stride=2)
data = dict(boxes_file=None, pipeline=dict(boxes=boxes))
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
