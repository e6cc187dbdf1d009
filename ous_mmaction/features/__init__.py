"""The feature bank: features of the frozen CLIP, computed once and read in every epoch."""
from .feature_bank import FeatureBank, open_bank
from .feature_bank_backbone import FeatureBankBackbone
from .feature_bank_dataset import FeatureBankDataset

__all__ = ['FeatureBank', 'FeatureBankBackbone', 'FeatureBankDataset', 'open_bank']
