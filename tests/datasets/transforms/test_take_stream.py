import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose


@pytest.fixture
def results():
    streams = torch.randint(0, 256, (2, 4, 3, 6, 6), dtype=torch.uint8)
    return dict(face=streams[0], scene=streams[1], label=2, modality='RGB')


@pytest.mark.parametrize('stream', ['face', 'scene'])
def test_stock_transforms_format_the_stream_for_both_recognizers(results, stream):
    frames = results[stream]

    def inputs_in(input_format):
        pipeline = Compose([dict(type='TakeStream', stream=stream),
                            dict(type='Flip', flip_ratio=1),
                            dict(type='FormatShape', input_format=input_format),
                            dict(type='PackActionInputs')])
        packed = pipeline(dict(results))
        assert int(packed['data_samples'].gt_label) == 2
        return packed['inputs']

    mirrored = frames.flip(-1)
    assert torch.equal(inputs_in('NCHW'), mirrored)
    assert torch.equal(inputs_in('NCTHW'), mirrored.transpose(0, 1)[None])
    assert torch.equal(results[stream].flip(-1), mirrored)  # the stream itself is unchanged


def test_unknown_stream():
    message = "`TakeStream.stream` must be one of face, scene, but got 'body'"
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(dict(type='TakeStream', stream='body'))
