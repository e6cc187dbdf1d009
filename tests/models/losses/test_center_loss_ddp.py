import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from ous_mmaction.models.losses import CenterLoss

from ...processes import run_ranks


def data(rank):
    generator = torch.Generator().manual_seed(rank)
    return torch.randn(4, 3, generator=generator), torch.tensor([0, 0, 1, 1 + rank])


def train_a_step(rank, port, out):
    dist.init_process_group('gloo', f'tcp://127.0.0.1:{port}', world_size=2, rank=rank)
    model = DistributedDataParallel(CenterLoss(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    model(*data(rank)).backward()
    optimizer.step()
    torch.save(model.module.centers.detach(), f'{out}/{rank}.pt')
    dist.destroy_process_group()


@pytest.mark.full
def test_ranks_hold_the_same_centers(free_port, tmp_path):
    run_ranks(train_a_step, free_port, tmp_path)
    centers = [torch.load(tmp_path / f'{rank}.pt') for rank in range(2)]
    torch.testing.assert_close(centers[0], centers[1], rtol=0, atol=0)
    steps = []
    for rank in range(2):
        loss = CenterLoss(4, 3)
        loss(*data(rank)).backward()
        steps.append(loss.centers.grad)
    torch.testing.assert_close(centers[0], -0.5 * (steps[0] + steps[1]) / 2)
