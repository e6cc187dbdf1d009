from .feature_bank import FeatureBank, open_bank
from .feature_bank_dataset import FeatureBankDataset

__all__ = ['FeatureBank', 'FeatureBankDataset', 'open_bank']
