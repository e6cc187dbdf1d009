"""A random S2D in the released layout, its computation written out, and its conversion."""
import pytest
import torch
import torch.nn.functional as F

from .forged import check_forged, save, video_mae_line
from .layouts import converted_model, count, draw, shapes_of
from .vit_reference import attend, gelu, layer_norm, linear, vit_block

C, DEPTH, HEADS, ADAPTER_HEADS, FRAMES, PATCH, SIDE = 16, 3, 2, 2, 16, 4, 2
LANDMARKS = dict(channels=4, depths=(1, 2))
SIZES = {f'model.backbone.{key}': value for key, value in dict(
    channels=C, depth=DEPTH, num_heads=HEADS, adapter_heads=ADAPTER_HEADS, patch_size=PATCH,
    image_size=PATCH * SIDE, landmark_net=LANDMARKS).items()} | {'model.cls_head.in_channels': C}


def layout(c=C, depth=DEPTH, patch=PATCH, places=SIDE ** 2, maps=8, prompt=8, classes=7):
    last, inner = depth - 1, c // 4
    prompts, block = f'prompt_blocks.{{0..{last}}}.', f'blocks.{{0..{last}}}.'
    adapter = prompts + 'TMA.T_Adapter.'
    return shapes_of([
        ('cls_token', (1, 1, c)), ('pos_embed', (1, 1 + places, c)),
        ('temporal_embedding', (1, FRAMES, c)),
        ('patch_embed.proj.weight', (c, 3, patch, patch)), ('patch_embed.proj.bias', (c,)),
        ('patch_embed_prompt.proj.weight', (c, maps, 1, 1)), ('patch_embed_prompt.proj.bias', (c,)),
        (prompts + '{conv0_0,conv0_1}.weight', (prompt, c, 1, 1)),
        (prompts + '{conv0_0,conv0_1}.bias', (prompt,)),
        (prompts + 'conv1x1.weight', (c, prompt, 1, 1)), (prompts + 'conv1x1.bias', (c,)),
        (prompts + 'fovea.smooth', (1,)),
        (adapter + 'D_fc1.weight', (inner, c)), (adapter + 'D_fc1.bias', (inner,)),
        (adapter + 'D_fc2.weight', (c, inner)), (adapter + 'D_fc2.bias', (c,)),
        (adapter + 'attn.qkv.weight', (3 * inner, inner)),
        (adapter + 'attn.proj.weight', (inner, inner)), (adapter + 'attn.proj.bias', (inner,)),
        (prompts + 'TMA.norm.{weight,bias}', (c,)),
        (prompts + 'TMA.S_Adapter.D_fc1.weight', (inner, c)),
        (prompts + 'TMA.S_Adapter.D_fc1.bias', (inner,)),
        (prompts + 'TMA.S_Adapter.D_fc2.weight', (c, inner)),
        (prompts + 'TMA.S_Adapter.D_fc2.bias', (c,)),
        (f'prompt_norms.{{0..{last}}}.{{weight,bias}}', (c,)),
        (block + '{norm1,norm2}.{weight,bias}', (c,)),
        (block + 'attn.qkv.weight', (3 * c, c)), (block + 'attn.qkv.bias', (3 * c,)),
        (block + 'attn.proj.weight', (c, c)), (block + 'attn.proj.bias', (c,)),
        (block + 'mlp.fc1.weight', (4 * c, c)), (block + 'mlp.fc1.bias', (4 * c,)),
        (block + 'mlp.fc2.weight', (c, 4 * c)), (block + 'mlp.fc2.bias', (c,)),
        ('ln_post.{weight,bias}', (c,)),
        ('head.fc_cls.weight', (classes, c)), ('head.fc_cls.bias', (classes,))])


def conv_block(name, out, inner, size, act=True):
    norm = name + '.bn.'
    return [(name + '.conv.weight', (out, inner, size, size)),
            (norm + '{weight,bias,running_mean,running_var}', (out,)),
            (norm + 'num_batches_tracked', ()),
            *([(name + '.prelu.weight', (out,))] if act else [])]


def bottleneck(name, inner, width, out):
    return [*conv_block(name + '.conv', width, inner, 1),
            *conv_block(name + '.conv_dw', width, 1, 3),
            *conv_block(name + '.project', out, width, 1, act=False)]


def landmark_layout(c=4, depths=(1, 2), tail=2):
    lines = [*conv_block('conv1', c, 3, 3), *conv_block('conv2_dw', c, 1, 3),
             *bottleneck('conv_23', c, 2 * c, c)]
    for i in range(depths[0]):
        lines += bottleneck(f'conv_3.model.{i}', c, 2 * c, c)
    lines += bottleneck('conv_34', c, 4 * c, 2 * c)
    for i in range(depths[1]):
        lines += bottleneck(f'conv_4.model.{i}', 2 * c, 4 * c, 2 * c)
    lines += bottleneck('conv_45', 2 * c, 8 * c, 2 * c)
    for i in range(tail):
        lines += bottleneck(f'conv_5.model.{i}', 2 * c, 4 * c, 2 * c)
    last = 'output_layer.conv_6_dw'
    return shapes_of([
        *lines, *conv_block('conv_6_sep', 8 * c, 2 * c, 1),
        *conv_block(last, 8 * c, 1, 7, act=False), ('output_layer.linear.weight', (136, 8 * c)),
        ('output_layer.bn.{weight,bias,running_mean,running_var}', (136,)),
        ('output_layer.bn.num_batches_tracked', ())])


def draw_landmark_net():
    state = draw(landmark_layout())
    for name, x in state.items():
        if 'running_var' in name or name.endswith('bn.weight'):
            state[name] = 0.5 + x.abs()
        if name.endswith('num_batches_tracked'):
            state[name] = torch.tensor(7)
    return state


def convolve(x, state, name, stride=1):
    weight = state[name + '.conv.weight']
    groups = x.shape[1] if weight.shape[1] == 1 else 1
    x = F.conv2d(x, weight, None, stride, weight.shape[-1] // 2, groups=groups)
    mean, var, scale, shift = (state[f'{name}.bn.{part}'][:, None, None] for part in
                               ('running_mean', 'running_var', 'weight', 'bias'))
    x = (x - mean) / (var + 1e-5).sqrt() * scale + shift
    slope = state.get(name + '.prelu.weight')
    return x if slope is None else torch.where(x > 0, x, x * slope[:, None, None])


def landmark_maps(frames, state, side):
    """The sheet's f, from normalized frames; bilinear with aligned corners, as a sum per axis."""
    old, new = frames.shape[-1], 8 * side
    places = torch.arange(new).double() * (old - 1) / (new - 1)
    weights = (1 - (places[:, None] - torch.arange(old)).abs()).clamp(min=0).to(frames)
    x = torch.einsum('yh,nchw,xw->ncyx', weights, frames, weights)

    def narrow(x, name, stride):
        y = convolve(convolve(x, state, name + '.conv'), state, name + '.conv_dw', stride)
        return convolve(y, state, name + '.project')

    x = narrow(convolve(convolve(x, state, 'conv1', 2), state, 'conv2_dw'), 'conv_23', 2)
    for i in range(LANDMARKS['depths'][0]):
        x = x + narrow(x, f'conv_3.model.{i}', 1)
    x = narrow(x, 'conv_34', 2)
    for i in range(LANDMARKS['depths'][1]):
        x = x + narrow(x, f'conv_4.model.{i}', 1)
    return x


def adapt(u, state, name):
    """The sheet's TMA on (T, 196, C), one place after the other."""
    out = torch.empty_like(u)
    for place in range(u.shape[1]):
        x = gelu(linear(u[:, place], state, name + '.T_Adapter.D_fc1'))
        q, k, v = (x @ state[name + '.T_Adapter.attn.qkv.weight'].T).chunk(3, -1)
        x = linear(attend(q, k, v, ADAPTER_HEADS), state, name + '.T_Adapter.attn.proj')
        out[:, place] = linear(x, state, name + '.T_Adapter.D_fc2')
    x = layer_norm(out, state, name + '.norm', eps=1e-5)
    return linear(gelu(linear(x, state, name + '.S_Adapter.D_fc1')), state,
                  name + '.S_Adapter.D_fc2')


def step(i, u, w, state):
    """The sheet's prompt step, with the 1x1 convolutions as sums over channels."""
    name = f'prompt_blocks.{i}'

    def conv(x, part):
        weight = state[f'{name}.{part}.weight'][:, :, 0, 0]
        return torch.einsum('tpc,oc->tpo', x, weight) + state[f'{name}.{part}.bias']

    g = conv(u, 'conv0_0')
    g = g * (g * state[name + '.fovea.smooth']).softmax(1)
    return conv(g + conv(w, 'conv0_1'), 'conv1x1'), adapt(u, state, name + '.TMA')


def reference(clip, state, landmarks):
    """Logits (7,) of one clip (3, T, S, S), by the sheet's steps and released names."""
    frames = clip.transpose(0, 1)
    weight = state['patch_embed.proj.weight']
    z = torch.stack([
        torch.einsum('tcyx,ocyx->to', frames[:, :, PATCH * r:PATCH * (r + 1),
                                             PATCH * c:PATCH * (c + 1)], weight)
        for r in range(SIDE) for c in range(SIDE)], 1) + state['patch_embed.proj.bias']
    maps = landmark_maps(frames, landmarks, SIDE).flatten(2).transpose(1, 2)
    a = maps @ state['patch_embed_prompt.proj.weight'].flatten(1).T
    a = a + state['patch_embed_prompt.proj.bias']
    a, t = step(0, layer_norm(z, state, 'prompt_norms.0'),
                layer_norm(a, state, 'prompt_norms.0'), state)
    z = z + t + a
    x = torch.cat([state['cls_token'].expand(FRAMES, -1, -1), z], 1) + state['pos_embed']
    x = x + state['temporal_embedding'][0][:, None]
    x = vit_block(x, state, 'blocks.0', HEADS)
    for i in range(1, DEPTH):
        a, t = step(i, layer_norm(x, state, f'prompt_norms.{i - 1}')[:, 1:],
                    layer_norm(a, state, 'prompt_norms.0'), state)
        x = torch.cat([x[:, :1], x[:, 1:] + t + a], 1)
        x = vit_block(x, state, f'blocks.{i}', HEADS)
    return linear(layer_norm(x, state, 'ln_post')[:, 0].mean(0), state, 'head.fc_cls')


def files(folder, **args):
    """Content of a random file, its tensors, and the options with the file of its landmark net."""
    state, landmarks = draw(layout()), draw_landmark_net()
    path = save(dict(state_dict=landmarks, epoch=1), folder / 'landmarks.pth.tar')
    sizes = {**SIZES, 'model.backbone.landmark_checkpoint': str(path)}
    return video_mae_line(state, **args), state, landmarks, sizes


def test_layouts_are_the_sheets():
    assert count(layout(768, 12, 16, 196, 128)) == (419, 95_055_571)
    assert count(landmark_layout(64, (4, 6))) == (333, 1_026_898)


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_logits_are_the_released_models(dtype, tolerance, tmp_path):
    content, state, landmarks, sizes = files(tmp_path, data_set='DFEW', sampling_rate=1)
    model, checkpoint = converted_model(content, tmp_path, 's2d/s2d_dfew.py', sizes)
    assert checkpoint['meta']['converted']['dataset'] == 'DFEW'
    views = torch.randn(2, 1, 3, FRAMES, PATCH * SIDE, PATCH * SIDE)
    expected = torch.stack([
        reference(clip, {n: x.double() for n, x in state.items()},
                  {n: x.double() for n, x in landmarks.items()})
        for clip in views.double().flatten(0, 1)])
    logits, _ = model.to(dtype).extract_feat(views.to(dtype), stage='head')
    torch.testing.assert_close(logits.double(), expected, atol=tolerance, rtol=0)
    assert expected.std(0).max() > 1e-2  # they depend on the input


def test_missing_landmark_net_is_named(tmp_path):
    content, _, _, sizes = files(tmp_path, data_set='DFEW')
    with pytest.raises(ValueError, match='S2D reads the maps of a landmark net'):
        converted_model(content, tmp_path, 's2d/s2d_dfew.py', SIZES)
    sizes['model.backbone.landmark_net'] = dict(channels=4, depths=(1, 1))
    with pytest.raises(ValueError, match='no place for backbone.landmark_net.conv_4.1.conv.conv'):
        converted_model(content, tmp_path, 's2d/s2d_dfew.py', sizes)
    assert not (tmp_path / 'ours.pth').exists()


def test_planted_calls_are_not_executed(tmp_path):
    content, _, landmarks, _ = files(tmp_path, data_set='DFEW')
    check_forged(content, tmp_path)
    (tmp_path / 'net').mkdir()
    check_forged(dict(state_dict=landmarks), tmp_path / 'net')
