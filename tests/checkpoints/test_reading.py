from ous_mmaction.checkpoints import newest_checkpoint


def test_highest_epoch_counts_not_the_pointer_nor_the_name(tmp_path):
    for name in ('epoch_2.pth', 'epoch_10.pth', 'best_val_loss_epoch_11.pth',
                 '.epoch_12.pth.77.part', 'epoch_x.pth'):
        (tmp_path / name).touch()
    (tmp_path / 'last_checkpoint').write_text('')
    assert newest_checkpoint(tmp_path) == str(tmp_path / 'epoch_10.pth')


def test_none_where_nothing_was_saved(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / 'missing') is None
