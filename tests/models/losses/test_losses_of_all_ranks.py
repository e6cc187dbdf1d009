"""Losses that compare the clips of a batch: two processes against one that holds all clips."""
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ous_mmaction.models.losses import FaceSceneContrastiveLoss, FaceSceneSimilarityLoss
from ous_mmaction.models.structures import FaceSceneFeatures

from ...processes import run_ranks


class Towers(nn.Module):
    """Two trained layers and a loss of their outputs."""

    def __init__(self, name):
        super().__init__()
        self.face, self.scene = nn.Linear(6, 8).double(), nn.Linear(6, 8).double()
        self.name = name

    def forward(self, x):
        face, scene = self.face(x), self.scene(x.flip(1))
        if self.name == 'eq. 2':
            return FaceSceneSimilarityLoss(cosine='batch')(face, scene)
        features = FaceSceneFeatures(face[:, None], torch.ones(len(x), 1, dtype=torch.bool), face,
                                     scene)
        return FaceSceneContrastiveLoss()(x, None, features, torch.tensor(1 / 0.07).double())


def outcome(name, clips, wrap=lambda model: model):
    torch.manual_seed(0)
    model = Towers(name)
    wrapped = wrap(model)  # it averages the gradients as long as it lives
    loss = wrapped(clips)
    loss.backward()
    return [loss.detach(), *(parameter.grad for parameter in model.parameters())]


def batch():
    return torch.randn(7, 6, generator=torch.Generator().manual_seed(1)).double()


SHARES = dict(equal=[3, 3], unequal=[5, 2])


def two_ranks(rank, port, path):
    dist.init_process_group('gloo', f'tcp://127.0.0.1:{port}', world_size=2, rank=rank)
    results = {}
    for name in ('eq. 2', 'eq. 3'):
        for shares, sizes in SHARES.items():
            clips = batch()[:sum(sizes)].split(sizes)[rank]
            results[name, shares] = outcome(name, clips, DistributedDataParallel)
    torch.save(results, f'{path}/{rank}.pt')
    dist.destroy_process_group()


def test_two_ranks_train_like_one_process_with_all_clips(free_port, tmp_path):
    """Loss and averaged gradients agree in float64; a loss of each rank's own clips differs."""
    run_ranks(two_ranks, free_port, tmp_path)
    ranks = [torch.load(tmp_path / f'{rank}.pt') for rank in range(2)]
    assert len(ranks[0]) == 4
    for name, shares in ranks[0]:
        clips = batch()[:sum(SHARES[shares])]
        expected = outcome(name, clips)
        for results in ranks:
            for value, other in zip(results[name, shares], expected):
                torch.testing.assert_close(value, other, rtol=0, atol=1e-10)
        parts = [outcome(name, part)[0] for part in clips.split(SHARES[shares])]
        assert abs(sum(parts) / 2 - expected[0]) > 1e-3
