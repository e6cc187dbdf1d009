from .clip_loss_metric import ClipLossMetric
from .dump_predictions import DumpPredictions
from .sentiment_metric import SentimentMetric
from .uar_war_metric import UARWARMetric

__all__ = ['ClipLossMetric', 'DumpPredictions', 'SentimentMetric', 'UARWARMetric']
