import pytest


@pytest.fixture
def demo_options(rendered):
    """The demo's config on the small benchmark, at a size that trains in seconds."""
    return ['--cfg-options', *(f'{loader}_dataloader.dataset.data_root={rendered}'
                               for loader in ('train', 'val', 'test')),
            *(f'{loader}_dataloader.num_workers=0' for loader in ('train', 'val', 'test')),
            *(f'{loader}_dataloader.persistent_workers=False'
              for loader in ('train', 'val', 'test')),
            'model.cls_head.mcfe.num_blocks=2', 'train_cfg.max_epochs=2']
