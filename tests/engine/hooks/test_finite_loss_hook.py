from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist

from ous_mmaction.engine import FiniteLossHook

from ...processes import run_ranks


def step(hook, loss, work_dir, scaler=False, clips=('00007', '00012')):
    samples = [SimpleNamespace(metainfo=dict(clip_id=clip)) for clip in clips]
    wrapper = SimpleNamespace(loss_scaler=None) if scaler else SimpleNamespace()
    run = SimpleNamespace(epoch=4, work_dir=str(work_dir), optim_wrapper=wrapper)
    hook.after_train_iter(run, 29, dict(data_samples=samples),
                          dict(loss=torch.tensor(loss), loss_contrast=torch.tensor(loss),
                               acc=torch.tensor(0.5)))


@pytest.mark.parametrize('loss', [float('nan'), float('inf')])
def test_names_iteration_losses_clips_and_what_is_kept(loss, tmp_path):
    (tmp_path / 'epoch_4.pth').touch()
    hook = FiniteLossHook()
    step(hook, 0.5, tmp_path)
    with pytest.raises(ValueError) as error:
        step(hook, loss, tmp_path)
    message = str(error.value)
    assert message.startswith('Epoch 5, iteration 30: the loss is not finite (loss, loss_contrast')
    assert 'clips 00007, 00012' in message and f'{tmp_path}/epoch_4.pth' in message


def test_a_loss_scaler_may_skip_some_steps(tmp_path):
    hook = FiniteLossHook(max_skipped=2)
    for loss in (float('nan'), float('nan'), 0.5, float('nan'), float('nan')):
        step(hook, loss, tmp_path, scaler=True)
    with pytest.raises(ValueError, match='No checkpoint has been saved yet'):
        step(hook, float('nan'), tmp_path, scaler=True)


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    model = torch.nn.Linear(2, 2)
    run = SimpleNamespace(epoch=4, work_dir=str(tmp_path), model=model)
    FiniteLossHook().after_train_epoch(run)
    model.bias.data[1] = float('nan')
    (tmp_path / 'epoch_4.pth').touch()
    with pytest.raises(ValueError, match='Epoch 5: the weights .*: 1, first: bias.*epoch_4.pth'):
        FiniteLossHook().after_train_epoch(run)


def two_ranks(rank, port, path):
    dist.init_process_group('gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2)
    try:
        step(FiniteLossHook(), [0.5, float('nan')][rank], path, clips=[f'clip {rank}'])
        message = None
    except ValueError as error:
        message = str(error)
    torch.save(message, f'{path}/{rank}.pt')
    dist.destroy_process_group()


def test_every_rank_ends_and_names_the_bad_one(tmp_path, free_port):
    run_ranks(two_ranks, free_port, str(tmp_path))
    first, second = (torch.load(tmp_path / f'{rank}.pt') for rank in (0, 1))
    assert first == second
    assert 'on rank 1, clips clip 1' in first and 'clip 0' not in first
