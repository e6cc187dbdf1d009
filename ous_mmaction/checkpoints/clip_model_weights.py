"""Finding and downloading the weights of an open_clip model."""
from __future__ import annotations

import os

import open_clip
from mmengine.dist import barrier, is_main_process


def find_clip_weights(model: str, pretrained: str) -> str:
    """Return the path of a CLIP model's weights and download them once if they have a tag.

    Args:
        model (str): open_clip's name of the model.
        pretrained (str): Path of a weight file, or a tag of that model.

    Returns:
        str: Path of the weight file.

    Raises:
        FileNotFoundError: If ``pretrained`` is neither a file nor a tag, or the weights cannot be
            downloaded. The message names the file to download.
    """
    if os.path.isfile(pretrained):
        return pretrained
    source = open_clip.get_pretrained_cfg(model, pretrained)
    if not source:
        tags = ', '.join(open_clip.list_pretrained_tags_by_model(model)) or 'none'
        raise FileNotFoundError(f"'{pretrained}' (key `clip_model.pretrained`) is neither a file "
                                f"nor a tag of open_clip's {model}. Its tags are: {tags}")
    if not is_main_process():
        barrier()  # rank 0 downloads; the other ranks find the file in the cache
    try:
        return open_clip.download_pretrained(source)
    except Exception as error:  # hub clients raise a dozen kinds of exceptions
        hub, url = (source.get(key) for key in ('hf_hub', 'url'))
        places = [hub and f'open_clip_model.safetensors of https://huggingface.co/{hub.rstrip("/")}',
                  url and f'{url} (a .pt file is read without running its code)']
        where = ' or '.join(filter(None, places))
        raise FileNotFoundError(
            f"The CLIP weights '{pretrained}' of {model} cannot be downloaded "
            f'({type(error).__name__}). Download {where} on a machine with network access and set '
            'the key `clip_model.pretrained` to the file') from error
    finally:
        if is_main_process():
            barrier()
