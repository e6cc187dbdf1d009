"""Where the weights of an open_clip model come from."""
from __future__ import annotations

import os

import open_clip
from mmengine.dist import barrier, is_main_process


def find_clip_weights(model: str, pretrained: str) -> str:
    """Path of a CLIP's weights: the file itself, or the file of a tag, downloaded once.

    Args:
        model: open_clip model name.
        pretrained: Path of a weight file, or a tag of that model.

    Raises:
        FileNotFoundError: If it is neither a file nor a tag, or the tag cannot be downloaded; the
            message names the file to fetch.
    """
    if os.path.isfile(pretrained):
        return pretrained
    source = open_clip.get_pretrained_cfg(model, pretrained)
    if not source:
        tags = ', '.join(open_clip.list_pretrained_tags_by_model(model)) or 'none'
        raise FileNotFoundError(f"'{pretrained}' (key `clip_model.pretrained`) is neither a file nor "
                                f"a tag of open_clip's {model}. Its tags are: {tags}")
    if not is_main_process():
        barrier()  # rank 0 downloads, the others find the file in the cache
    try:
        return open_clip.download_pretrained(source)
    except Exception as error:  # hub clients raise a dozen kinds
        where = source.get('url') or f"open_clip_model.safetensors of {source.get('hf_hub')}"
        raise FileNotFoundError(
            f"CLIP weights '{pretrained}' of {model} cannot be downloaded "
            f'({type(error).__name__}). Fetch {where} where there is network and set the key '
            '`clip_model.pretrained` to the file') from error
    finally:
        if is_main_process():
            barrier()
