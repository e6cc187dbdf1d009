# ous_dfew.py from a bank of the frozen CLIP's features, written by
#   python tools/extract_features.py configs/ous_dfew.py
# Model, checkpoints and test result are the same.
_base_ = './ous_dfew.py'

bank = 'data/dfew/features'
hold = 'host'  # or 'device': the whole bank in the device's memory

model = dict(
    data_preprocessor=dict(type='BaseDataPreprocessor'),
    backbone=dict(type='CachedBackbone', bank=bank, hold=hold))

# Samples are numbers of records: loader workers would cost more than they do.
cached = dict(num_workers=0, persistent_workers=False, collate_fn=dict(type='default_collate'),
              dataset=dict(type='FeatureBankDataset', bank=bank))
train_dataloader = cached
val_dataloader = cached
test_dataloader = cached
