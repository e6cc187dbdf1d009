"""Train AEN's neck and head on a frozen trunk with several seeds, for tables of variants.

The trunk keeps the weights of the 2D model and reads every clip once, without augmentation; all
runs share its maps. A run takes seconds where tools/ablate.py, which trains the trunk as well,
takes minutes. What it says holds for a trunk that does not move.
"""
import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.optim.lr_scheduler import StepLR

from ous_mmaction import command_line
from ous_mmaction.config_checks import check_options
from ous_mmaction.evaluation.functional import confusion_matrix, uar, war
from ous_mmaction.evaluation.tables import write_tables
from ous_mmaction.experiments.ablation import ablation_table, read_table
from ous_mmaction.experiments.coverage import describe_coverage
from ous_mmaction.experiments.protocol import ceilings_of, use_selection
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python -m maintenance.ablate_aen configs/aen/aen_demo.py configs/ablations/aen/losses.py \\
      --out work_dirs/aen_losses --cfg-options train_cfg.max_epochs=20 param_scheduler.step_size=14
"""


class Maps(NamedTuple):
    """Clips after the frozen trunk.

    Attributes:
        stages (list[Tensor]): Maps of the four stages, of shape (N, T, C, H, W), zeros where a
            frame is padding.
        mask (Tensor): Bool of shape (N, T), True where the frame holds real data.
        logits (Tensor): Logits of the 2D model, of shape (N, T, K), zeros where a frame is padding.
        samples (list): Data samples with ``gt_label``.
    """

    stages: list[Tensor]
    mask: Tensor
    logits: Tensor
    samples: list

    def take(self, rows: Tensor) -> tuple:
        """Return stages (maps of the valid frames), mask, logits and samples of some clips."""
        mask = self.mask[rows]
        return ([stage[rows][mask] for stage in self.stages], mask, self.logits[rows],
                [self.samples[row] for row in rows.tolist()])


@torch.no_grad()
def encode(model: nn.Module, dataset: dict, desc: str) -> Maps:
    """Pass the clips of a dataset through the trunk and the 2D model.

    Args:
        model (nn.Module): An ``AENRecognizer`` whose weights are initialized.
        dataset (dict): Config of the dataset.
        desc (str): Title of the progress bar.

    Returns:
        Maps: The maps of all clips.
    """
    model.eval()
    clips, parts = DATASETS.build(dataset), []
    for indices in progress_bar(torch.arange(len(clips)).split(16), desc):
        data = model.data_preprocessor(pseudo_collate([clips[i] for i in indices.tolist()]), False)
        imgs, mask = data['inputs']['imgs'], data['inputs']['mask']
        stages = model.extract_feat(data['inputs'], stage='backbone')[0]
        logits = model.label_frames(imgs[mask], mask)
        padded = [x.new_zeros(*mask.shape, *x.shape[1:]) for x in stages]
        for target, x in zip(padded, stages):
            target[mask] = x
        parts.append((*padded, mask, logits, data['data_samples']))
    *tensors, samples = zip(*parts)
    *stages, mask, logits = map(torch.cat, tensors)
    return Maps(stages, mask, logits, sum(samples, []))


class Branch(nn.Module):
    """AEN's neck and head.

    Args:
        config (dict): Config of an ``AENRecognizer``.
    """

    def __init__(self, config: dict) -> None:
        super().__init__()
        self.neck = MODELS.build(config['neck'])
        self.cls_head = MODELS.build(config['cls_head'])
        self.raw_scores = config['fer2d'].get('raw_scores', False)

    def losses(self, maps: Maps, rows: Tensor) -> dict:
        """Compute the losses of some clips."""
        stages, mask, logits, samples = maps.take(rows)
        scores = logits if self.raw_scores else logits.softmax(2) * mask[..., None]
        return self.cls_head.loss(self.neck(stages, mask), samples, scores)

    @torch.no_grad()
    def log_probabilities(self, maps: Maps) -> Tensor:
        """Compute the log-probabilities of all clips, of shape (N, K)."""
        stages, mask, _, _ = maps.take(torch.arange(len(maps.mask)))
        return self.eval().cls_head(self.neck(stages, mask)).log_softmax(1)


def run(config: Config, splits: dict[str, Maps], seed: int) -> dict:
    """Train neck and head and test the epoch of the lowest loss on the validation clips.

    Args:
        config (Config): Config of the row.
        splits (dict[str, Maps]): Maps of ``train``, ``val`` and ``test``.
        seed (int): Seed of the weights and of the order of the clips.

    Returns:
        dict: ``UAR`` and ``WAR`` (fractions of 1), ``epoch``, ``clips`` and ``selection``, as
        :func:`ablation_table` reads them.
    """
    torch.manual_seed(seed)
    model = Branch(config.model)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    schedule = StepLR(wrapper.optimizer, config.param_scheduler.step_size,
                      config.param_scheduler.gamma)
    truth = {name: torch.cat([sample.gt_label for sample in maps.samples])
             for name, maps in splits.items()}
    best, result = float('inf'), {}
    for epoch in range(1, config.train_cfg.max_epochs + 1):
        model.train()
        order = torch.randperm(len(truth['train']))
        for rows in order.split(config.train_dataloader.batch_size):
            losses = model.losses(splits['train'], rows)
            wrapper.update_params(sum(x for name, x in losses.items() if 'loss' in name))
        schedule.step()
        loss = float(nn.functional.nll_loss(model.log_probabilities(splits['val']), truth['val']))
        if loss < best:
            best, predicted = loss, model.log_probabilities(splits['test']).argmax(1)
            confusion = confusion_matrix(predicted.tolist(), truth['test'].tolist(),
                                         model.cls_head.num_classes)
            result = dict(UAR=uar(confusion), WAR=war(confusion), epoch=epoch,
                          clips=len(predicted), selection='holdout')
    return result


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config of AEN')
    parser.add_argument('tables', nargs='+', metavar='TABLE',
                        help='file that lists variants, such as those in configs/ablations/aen/')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--out', required=True, type=Path, help='tables, without the suffix')
    command_line.add_option_arguments(parser)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    init_default_scope('mmaction')
    config = command_line.read_config(args)
    use_selection(config, 'holdout')
    tables = [read_table(path) for path in args.tables]
    rows = {row.name: row for _, variants in tables for row in variants}
    for row in rows.values():
        check_options(config, row.options, f'Row {row.name!r} changes')
    base = Config(config.to_dict())
    base.model.fer2d.raw_scores = True
    model = MODELS.build(base.model)
    model.init_weights()
    steps = config.val_dataloader.dataset.pipeline  # without augmentation
    splits = {name: encode(model, dict(config[f'{name}_dataloader'].dataset, pipeline=steps), name)
              for name in ('train', 'val', 'test')}
    results = {}
    for row in progress_bar(rows.values(), 'rows'):
        changed = Config(config.to_dict())
        changed.merge_from_dict(row.options)
        results[row.name] = [run(changed, splits, seed) for seed in args.seeds]
    coverage = describe_coverage([config])
    finished = [ablation_table(title, variants, results, ceilings_of(config), coverage)
                for title, variants in tables]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    print(write_tables(finished, args.out, [table.as_dict() for table in finished]))


if __name__ == '__main__':
    command_line.run(parse_args, main)
