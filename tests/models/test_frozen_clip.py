import json
import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from ous_mmaction.checkpoints import fingerprint_of
from ous_mmaction.models.frozen_clip import load_clip_model


def test_is_held_once_and_is_random_alike_in_every_process(clip_model_cfg):
    clip = load_clip_model(**clip_model_cfg)
    assert load_clip_model(**clip_model_cfg) is clip
    code = ('import tests.conftest\nimport torch\ntorch.manual_seed(5)\n'
            'from ous_mmaction.models.frozen_clip import load_clip_model\n'
            "print(load_clip_model('vit_test').fingerprint)")
    output = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                            check=True).stdout
    assert output.split()[-1] == clip.fingerprint


def test_building_leaves_the_random_state_alone(monkeypatch):
    """Also that of the GPUs, where runs of different seeds would draw the same numbers."""
    monkeypatch.setattr(torch.cuda, 'manual_seed_all', lambda seed: pytest.fail('GPUs reseeded'))
    state = torch.get_rng_state()
    load_clip_model.cache_clear()
    load_clip_model('vit_test')
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize('suffix', ['safetensors', 'pt'])
def test_loads_local_weight_files(tmp_path, suffix):
    model = open_clip.create_model('vit_test')
    path = str(tmp_path / f'weights with space.{suffix}')
    if suffix == 'pt':
        torch.save(model.state_dict(), path)
    else:
        save_file(model.state_dict(), path)
    clip = load_clip_model('vit_test', path)
    for name, value in model.state_dict().items():
        assert torch.equal(clip.model.state_dict()[name], value), name
    assert clip.fingerprint == fingerprint_of(model)


def test_fingerprint_sees_one_changed_weight():
    model = open_clip.create_model('vit_test')
    before = fingerprint_of(model)
    with torch.no_grad():
        model.visual.conv1.weight[0, 0, 0, 0] += 1e-6
    assert fingerprint_of(model) != before


def test_unknown_models_tags_and_files_are_named(tmp_path):
    with pytest.raises(ValueError, match="open_clip has no model 'ViT-Z'.*`clip_model.name`"):
        load_clip_model('ViT-Z')
    with pytest.raises(FileNotFoundError, match="'nowhere.pt'.*neither a file nor a tag.*openai"):
        load_clip_model('ViT-B-32', 'nowhere.pt')
    foreign = tmp_path / 'foreign.safetensors'
    save_file({'a': torch.zeros(1)}, str(foreign))
    with pytest.raises(ValueError, match='foreign.safetensors: the file does not hold weights of '
                                         '.*vit_test.*`clip_model`'):
        load_clip_model('vit_test', str(foreign))
    with pytest.raises(ValueError, match='no ViT image tower'):
        load_clip_model('RN50')


@pytest.mark.parametrize('text', [dict(no_causal_mask=True, pool_type='last'),
                                  dict(embed_cls=True)])
def test_text_towers_that_prompts_cannot_use_are_refused(tmp_path, text):
    config = json.loads((Path(__file__).parents[1] / 'assets' / 'vit_test.json').read_text())
    config.update(custom_text=True, text_cfg={**config['text_cfg'], **text})
    name = f'text_{next(iter(text))}'
    (tmp_path / f'{name}.json').write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / f'{name}.json')
    with pytest.raises(ValueError, match='no causal text tower'):
        load_clip_model(name)


def test_download_that_fails_says_which_file_to_fetch(monkeypatch):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    with pytest.raises(FileNotFoundError,
                       match='Download .* and set the key `clip_model.pretrained`'):
        load_clip_model('ViT-B-32', 'laion2b_s34b_b79k')
    with pytest.raises(FileNotFoundError,
                       match=r'Download open_clip_model.safetensors of https://huggingface.co/timm/'
                             r'vit_large_patch14_clip_224.openai or https://openaipublic.*ViT-L-14'
                             r'.pt \(a .pt file is read without running its code\) on a machine'):
        load_clip_model('ViT-L-14-quickgelu', 'openai')


def test_prompts_of_real_tokens_are_stock_encode_text():
    clip = load_clip_model('vit_test')
    tokens = clip.tokenize(['a happy face', 'fear'])
    ends = tokens.argmax(1)
    prompts = clip.embed_tokens(tokens)[:, :int(ends.max()) + 1]
    torch.testing.assert_close(clip.encode_prompts(prompts, ends), clip.model.encode_text(tokens))
