"""A random MAE-DFER in the released layout, its computation written out, and its conversion."""
import pytest
import torch
from mmaction.structures import ActionDataSample

from ..films import check_film
from ..real_video import CARPHONE
from ..running import ROOT
from .forged import check_forged, save, video_mae_line
from .layouts import converted_model, count, draw, shapes_of
from .vit_reference import layer_norm, linear, mlp, tubelets, videomae_attention

HEADS, PATCH = 2, 4
SIZES = {'model.backbone.channels': 16, 'model.backbone.depth': 3, 'model.backbone.num_heads': 2,
         'model.backbone.patch_size': 4, 'model.backbone.image_size': 16,
         'model.cls_head.in_channels': 16}


def layout(channels=16, depth=3, patch=PATCH, classes=7):
    c, last = channels, depth - 1
    block = f'blocks.{{0..{last}}}.'
    attention = block + '{first,second,third}_attn.'
    return shapes_of([
        ('lg_region_tokens', (8, c)),
        ('patch_embed.proj.weight', (c, 3, 2, patch, patch)), ('patch_embed.proj.bias', (c,)),
        (attention + '{q_bias,v_bias}', (c,)), (attention + 'q.weight', (c, c)),
        (attention + 'kv.weight', (2 * c, c)), (attention + 'proj.weight', (c, c)),
        (attention + 'proj.bias', (c,)),
        (block + '{first_attn_norm0,second_attn_norm0,third_attn_norm0,third_attn_norm1,norm2}'
         '.{weight,bias}', (c,)),
        (block + 'mlp.fc1.weight', (4 * c, c)), (block + 'mlp.fc1.bias', (4 * c,)),
        (block + 'mlp.fc2.weight', (c, 4 * c)), (block + 'mlp.fc2.bias', (c,)),
        ('fc_norm.{weight,bias}', (c,)), ('head.weight', (classes, c)), ('head.bias', (classes,))])


def reference(clip, state, depth=3):
    """Logits (7,) of one clip (3, T, S, S), by the sheet's steps and released names."""
    frames, side = clip.shape[1] // 2, clip.shape[2] // PATCH
    grid = tubelets(clip, state, PATCH).view(frames, side, side, -1)
    x = torch.stack([
        torch.cat([state['lg_region_tokens'][2 * a + b:2 * a + b + 1],
                   grid[frames // 4 * a:frames // 4 * (a + 1),
                        side // 2 * b:side // 2 * (b + 1)].flatten(0, 2)])
        for a in range(4) for b in range(2)])
    for index in range(depth):
        name = f'blocks.{index}.'
        y = layer_norm(x, state, name + 'first_attn_norm0')
        x = x + videomae_attention(y, y, state, name + 'first_attn', HEADS)
        y = layer_norm(x[:, 0], state, name + 'second_attn_norm0')
        regions = x[:, 0] + videomae_attention(y, y, state, name + 'second_attn', HEADS)
        local = x[:, 1:].flatten(0, 1)
        local = local + videomae_attention(
            layer_norm(local, state, name + 'third_attn_norm0'),
            layer_norm(regions, state, name + 'third_attn_norm1'),
            state, name + 'third_attn', HEADS)
        x = torch.cat([regions[:, None], local.unflatten(0, (8, -1))], 1)
        x = x + mlp(layer_norm(x, state, name + 'norm2'), state, name + 'mlp')
    return linear(layer_norm(x[:, 0].mean(0), state, 'fc_norm'), state, 'head')


def test_layout_is_the_sheets():
    assert count(layout(512, 16, 16)) == (519, 84_878_343)
    assert count(layout(512, 16, 16, classes=11))[0] == 519


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_logits_are_the_released_models(dtype, tolerance, tmp_path):
    state = draw(layout())
    model, checkpoint = converted_model(
        video_mae_line(state, data_set='DFEW', sampling_rate=4), tmp_path,
        'mae_dfer/mae_dfer_dfew.py', SIZES)
    assert checkpoint['meta']['converted']['dataset'] == 'DFEW'
    views = torch.randn(2, 2, 3, 16, 16, 16)  # two clips, two views
    expected = torch.stack([reference(clip, {n: x.double() for n, x in state.items()})
                            for clip in views.double().flatten(0, 1)])
    logits, _ = model.to(dtype).extract_feat(views.to(dtype), stage='head')
    torch.testing.assert_close(logits.double(), expected, atol=tolerance * expected.abs().max(),
                               rtol=0)
    assert expected.std(0).max() > 1e-2  # they depend on the input


def test_short_clips_and_views_are_scored_as_the_sheet_says(tmp_path):
    """A clip's score is the mean of the softmax of its views."""
    state = draw(layout())
    model, _ = converted_model(video_mae_line(state, data_set='DFEW', sampling_rate=4), tmp_path,
                               'mae_dfer/mae_dfer_dfew.py', SIZES)
    frames = torch.randint(0, 256, (20, 3, 16, 16), dtype=torch.uint8)
    views = torch.stack([frames[[*range(0, 20, 4), *[16] * 11]]] * 2).transpose(1, 2)
    sample = ActionDataSample()
    with torch.no_grad():
        [prediction] = model.test_step(dict(inputs=[views], data_samples=[sample]))
    mean, std = (torch.tensor(x, dtype=torch.float64).view(3, 1, 1, 1)
                 for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    state = {n: x.double() for n, x in state.items()}
    scores = [reference((view.double() / 255 - mean) / std, state).softmax(0) for view in views]
    torch.testing.assert_close(prediction.pred_score.double(), (scores[0] + scores[1]) / 2,
                               atol=1e-5, rtol=0)


@pytest.mark.parametrize('args, config, message', [
    (dict(data_set='FERV39k', sampling_rate=1), 'mae_dfer/mae_dfer_dfew.py',
     'trained on FERV39k, but the config is for DFEW. Give configs/mae_dfer/mae_dfer_ferv39k.py'),
    (dict(data_set='AFEW', sampling_rate=4), 'mae_dfer/mae_dfer_dfew.py',
     'trained on AFEW, but there are only configs for DFEW, FERV39k, MAFW'),
    (dict(data_set='DFEW', sampling_rate=1), 'mae_dfer/mae_dfer_dfew.py',
     'trained at a sampling rate of 1, but the config has 4'),
    (dict(sampling_rate=4), 'mae_dfer/mae_dfer_mafw.py',
     'the checkpoint has 7 classes, but the config has 11')])
def test_what_contradicts_the_config_is_refused(args, config, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        converted_model(video_mae_line(draw(layout()), **args), tmp_path, config, SIZES)
    assert not (tmp_path / 'ours.pth').exists()


@pytest.mark.parametrize('change, message', [
    (lambda state: state.pop('fc_norm.bias'), 'has nothing for backbone.fc_norm.bias'),
    (lambda state: state.update({'blocks.3.norm2.bias': torch.ones(16)}),
     'has no place for backbone.blocks.3.mlp_norm.bias'),
    (lambda state: state.update({'fc_norm.bias': torch.ones(8)}),
     r"shapes differ from the config's: backbone.fc_norm.bias \(8,\) for \(16,\)")])
def test_no_tensor_is_left_over_on_either_side(change, message, tmp_path):
    state = draw(layout())
    change(state)
    with pytest.raises(ValueError, match=message):
        converted_model(video_mae_line(state, data_set='DFEW', sampling_rate=4), tmp_path,
                        'mae_dfer/mae_dfer_dfew.py', SIZES)


def test_planted_calls_are_not_executed(tmp_path):
    check_forged(video_mae_line(draw(layout()), data_set='DFEW'), tmp_path)


@pytest.mark.full
def test_converted_weights_run_on_a_video(tmp_path, run_tool):
    """Two windows of the video are scored, on the face that is detected."""
    path = save(video_mae_line(draw(layout()), data_set='DFEW', sampling_rate=4),
                tmp_path / 'released.pth')
    options = ('--config', ROOT / 'configs' / 'mae_dfer' / 'mae_dfer_dfew.py', '--cfg-options',
               'test_dataloader.dataset.pipeline.split.size=16',
               *(f'{key}={value}' for key, value in SIZES.items()))
    code, output = run_tool('convert_checkpoint.py', path, '--out', tmp_path / 'ours.pth', *options)
    assert code == 0 and 'ours.pth: MAE-DFER (MIT), ' in output
    code, output = run_tool('infer.py', CARPHONE, '--checkpoint', tmp_path / 'ours.pth', '--out',
                            'json', '--out-dir', tmp_path, '--device', 'cpu', *options)
    assert code == 0, output
    film = check_film(tmp_path / CARPHONE.name / 'result.json')
    assert film['frames'] == film['frames_with_faces'] == 120
