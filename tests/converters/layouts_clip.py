"""Files of the CLIP line in the layout of the facts sheet, with random weights of any width."""
import open_clip
import torch

TEXTS = ('cheeks raised, a grin', 'tears', 'a blank face of no one in particular, eyes at rest',
         'a frown', 'a gasp', 'a wrinkled nose', 'wide eyes', 'a sneer', 'bitten nails',
         'a shrug', 'a sigh')


def clip_shapes(width=768, text_width=512, layers=12, text_layers=12, size=224, patch=32,
                embed=512, vocabulary=49408, mlp=4):
    """Names and shapes of OpenAI's CLIP: the image tower and the text tower."""

    def blocks(d, count):
        shapes = {}
        for i in range(count):
            b = f'transformer.resblocks.{i}.'
            shapes.update({b + 'attn.in_proj_weight': (3 * d, d), b + 'attn.in_proj_bias': (3 * d,),
                           b + 'attn.out_proj.weight': (d, d), b + 'attn.out_proj.bias': (d,),
                           b + 'ln_1.weight': (d,), b + 'ln_1.bias': (d,),
                           b + 'mlp.c_fc.weight': (int(mlp * d), d),
                           b + 'mlp.c_fc.bias': (int(mlp * d),),
                           b + 'mlp.c_proj.weight': (d, int(mlp * d)), b + 'mlp.c_proj.bias': (d,),
                           b + 'ln_2.weight': (d,), b + 'ln_2.bias': (d,)})
        return shapes

    visual = {'class_embedding': (width,),
              'positional_embedding': ((size // patch) ** 2 + 1, width), 'proj': (width, embed),
              'conv1.weight': (width, 3, patch, patch), **blocks(width, layers)}
    for norm in ('ln_pre', 'ln_post'):
        visual.update({f'{norm}.weight': (width,), f'{norm}.bias': (width,)})
    text = {'positional_embedding': (77, text_width), 'text_projection': (text_width, embed),
            **blocks(text_width, text_layers), 'ln_final.weight': (text_width,),
            'ln_final.bias': (text_width,)}
    return visual, text, (vocabulary, text_width)


def temporal_shapes(prefix, d=512, inner=512, mlp=1024, depth=1, rows=17):
    """Names and shapes of a transformer with a class token, as Former-DFER's authors write it."""
    shapes = {f'{prefix}cls_token': (1, 1, d), f'{prefix}pos_embedding': (1, rows, d)}
    return {**shapes, **layer_shapes(f'{prefix}temporal_transformer.layers.', d, inner, mlp, depth)}


def layer_shapes(prefix, d, inner, mlp, depth):
    """Names and shapes of the layers of such a transformer."""
    shapes = {}
    for i in range(depth):
        b = f'{prefix}{i}.'
        shapes.update({b + '0.fn.norm.weight': (d,), b + '0.fn.norm.bias': (d,),
                       b + '0.fn.fn.to_qkv.weight': (3 * inner, d),
                       b + '0.fn.fn.to_out.0.weight': (d, inner), b + '0.fn.fn.to_out.0.bias': (d,),
                       b + '1.fn.norm.weight': (d,), b + '1.fn.norm.bias': (d,),
                       b + '1.fn.fn.net.0.weight': (mlp, d), b + '1.fn.fn.net.0.bias': (mlp,),
                       b + '1.fn.fn.net.3.weight': (d, mlp), b + '1.fn.fn.net.3.bias': (d,)})
    return shapes


def random_tensors(shapes, scale=0.15, seed=0):
    """Random tensors of these shapes; the weights of norms are near one."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) * scale
            + (1. if ('norm.weight' in name or '.ln_' in name and name.endswith('weight')
                      or name.startswith('ln_') and name.endswith('weight')) else 0.)
            for name, shape in shapes.items()}


def dfer_clip_shapes(classes=7, tokens=8, temporal=None, **sizes):
    """Names and shapes of a DFER-CLIP file without the prefix ``module.``."""
    visual, text, table = clip_shapes(**sizes)
    width, embed = table[1], text['text_projection'][1]
    shapes = {'prompt_learner.ctx': (classes, tokens, width),
              'prompt_learner.token_prefix': (classes, 1, width),
              'prompt_learner.token_suffix': (classes, 76 - tokens, width)}
    shapes.update({f'text_encoder.{name}': shape for name, shape in text.items()})
    shapes.update({f'image_encoder.{name}': shape for name, shape in visual.items()})
    shapes.update(temporal_shapes('temporal_net.', embed, **(temporal or {})))
    shapes.update({f'clip_model_.{name}': shape for name, shape in text.items()})
    shapes.update({f'clip_model_.visual.{name}': shape for name, shape in visual.items()})
    shapes.update({'clip_model_.logit_scale': (), 'clip_model_.token_embedding.weight': table})
    return shapes


def dfer_clip_tensors(shapes, classes=7, tokens=8):
    """Random tensors with CLIP's copies equal and prompts that embed TEXTS."""
    tensors = random_tensors(shapes)
    for name in shapes:
        if name.startswith('clip_model_.'):
            rest = name[len('clip_model_.'):]
            original = (f'image_encoder.{rest[7:]}' if rest.startswith('visual.')
                        else f'text_encoder.{rest}')
            if original in tensors:
                tensors[name] = tensors[original].clone()
    ids = token_ids(classes, tokens)
    embedded = tensors['clip_model_.token_embedding.weight'][ids]
    tensors['prompt_learner.token_prefix'] = embedded[:, :1].clone()
    tensors['prompt_learner.token_suffix'] = embedded[:, 1 + tokens:].clone()
    return tensors


def token_ids(classes, tokens):
    """Token ids of the prompts with placeholders for the learned vectors, (K, 77)."""
    texts = [' '.join(['X'] * tokens) + ' ' + text for text in TEXTS[:classes]]
    return open_clip.SimpleTokenizer()(texts)
