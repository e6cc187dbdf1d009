# Trains and tests any OUS config from a bank of its features with MMAction2's own tools. Our tools
# do the same with the flag --bank.
#   python tools/extract_features.py configs/ous_dfew.py
#   OUS_CONFIG=ous_dfew.py OUS_BANK=data/dfew/features python MMACTION2/tools/train.py \
#       configs/from_bank.py
_base_ = './{{$OUS_CONFIG:ous_demo.py}}'

bank = '{{$OUS_BANK:data/rendered/features}}'

model = dict(
    data_preprocessor=dict(_delete_=True, type='BaseDataPreprocessor'),
    backbone=dict(type='FeatureBankBackbone', bank=bank))

# A sample is only the index of a record, so loader workers would cost more than they save.
loader = dict(num_workers=0, persistent_workers=False, collate_fn=dict(type='default_collate'),
              dataset=dict(type='FeatureBankDataset', bank=bank))
train_dataloader = loader
val_dataloader = loader
test_dataloader = loader
