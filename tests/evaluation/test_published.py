import numpy as np

from ous_mmaction.evaluation.published import published_results

# Facts about DFEW: clips per class.
COUNTS = dict(Happy=2445, Sad=1894, Neutral=2669, Angry=2173, Surprise=1469, Disgust=145, Fear=902)


def test_rows_are_unique_and_in_percent():
    rows = published_results()
    assert len({(row.dataset, row.method) for row in rows}) == len(rows)
    for row in rows:
        assert row.dataset in ('DFEW', 'FERV39k', 'MAFW')
        assert 20 < row.UAR <= row.WAR < 100, row


def test_printed_recalls_average_to_the_printed_figures():
    """A typo in one of 144 numbers would show; three rows do not agree as they are printed."""
    rows = [row for row in published_results() if row.recalls]
    assert len(rows) == 16
    off = []
    for row in rows:
        assert list(row.recalls) == list(COUNTS)
        recalls, counts = list(row.recalls.values()), list(COUNTS.values())
        if (abs(np.mean(recalls) - row.UAR) > 0.015
                or abs(np.average(recalls, weights=counts) - row.WAR) > 0.035):
            off.append(row.method)
            assert 'average to' in row.note
    assert off == ['ResNet18+GRU', 'SW-FSCL', 'OUS']
