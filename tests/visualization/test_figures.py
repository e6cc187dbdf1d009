"""The content of the figures, in which nothing may overlap even with eleven long names."""
import itertools
from unittest.mock import patch

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import rgb_to_hsv
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox
from sklearn.metrics import silhouette_samples

from ous_mmaction.evaluation.training_log import TrainingLog
from ous_mmaction.visualization.attention_shares import attention_figure
from ous_mmaction.visualization.confusion_matrix import confusion_figure
from ous_mmaction.visualization.feature_clusters import clusters_figure, embed, silhouette
from ous_mmaction.visualization.loss_course import loss_course_figure
from ous_mmaction.visualization.save_figure import save_figure

MAFW = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', 'contempt',
        'anxiety', 'helplessness', 'disappointment']
SOURCES = ['face', 'scene', 'polarity', 'previous']


def confusion_of(class_names):
    """A confusion matrix with cells of one to four digits."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 2500, (len(class_names),) * 2) * rng.integers(0, 2, len(class_names))


def clusters_of(class_names, clips=60):
    rng = np.random.default_rng(0)
    labels = np.arange(clips) % len(class_names)
    places = {stage: rng.standard_normal((clips, 2)) for stage in
              ('before the neck', 'after the neck', 'after MCFE')}
    return places, dict.fromkeys(places, -0.123), labels, class_names


def attention_of(class_names):
    shares = np.random.default_rng(0).dirichlet(np.ones(4), (3, len(class_names)))
    return shares, ['query 1', 'query 2', 'equal weights'], class_names, SOURCES, 'class', 'Title'


def log_of(epochs=8, length=50, interval=10, alpha=1.):
    """A log with the auxiliary losses on until iteration 90, off, on at 210 and 220, and off."""
    train = [dict(step=step, epoch=(step - 1) // length + 1, iter=step, loss_contrast=100 / step,
                  contrast_ema=90 / step, similarity=0.5, polarity=0.9,
                  auxiliary=float(step <= 90 or step in (210, 220)),
                  lr=0.003 if step <= 200 else 0.001)
             for step in range(interval, epochs * length + 1, interval)]
    validation = [{'step': epoch, 'val/loss': 1 + abs(epoch - 5), 'acc/UAR': epoch / 10}
                  for epoch in range(1, epochs + 1)]
    return TrainingLog(train, validation, alpha)


FIGURES = dict(
    confusion=lambda names: confusion_figure(confusion_of(names), names, 'MAFW, all folds:'),
    clusters=lambda names: clusters_figure(*clusters_of(names)),
    attention=lambda names: attention_figure(*attention_of(names)),
    losses=lambda names: loss_course_figure(log_of(), 'A run'))


def boxes_of_texts(figure):
    """Boxes of all texts by direction, in coordinates in which that direction is horizontal."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts, boxes = [], {}
    # Ticks outside the limits also have texts, but these are not drawn.
    with patch.object(Text, 'draw', lambda text, _: texts.append(text)):
        figure.draw(renderer)
    for text in texts:
        if not (text.get_visible() and text.get_text().strip()):
            continue
        upright, angle = text.get_window_extent(renderer), text.get_rotation()
        assert Bbox.intersection(upright, figure.bbox).size == pytest.approx(upright.size), text
        box = upright
        if angle % 90:
            x, y = text.get_transform().transform(text.get_unitless_position())
            text.set_rotation(0)
            flat = text.get_window_extent(renderer)
            text.set_rotation(angle)
            dx, dy = Affine2D().rotate_deg(-angle).transform((x, y)) - (x, y)
            box = Bbox.from_extents(flat.x0 + dx, flat.y0 + dy, flat.x1 + dx, flat.y1 + dy)
        boxes.setdefault(angle % 90, []).append((text.get_text(), box))
    return boxes


@pytest.mark.parametrize('name', FIGURES)
@pytest.mark.parametrize('class_names', [MAFW[:7], MAFW], ids=len)
def test_no_two_texts_overlap_and_all_are_inside(name, class_names):
    for texts in boxes_of_texts(FIGURES[name](class_names)).values():
        assert len(texts) > 4
        for (one, box), (other, next_box) in itertools.combinations(texts, 2):
            assert not box.overlaps(next_box), (one, other)


@pytest.mark.parametrize('name', FIGURES)
def test_png_and_pdf_are_the_same_bytes_each_time(name, tmp_path):
    for suffix, head in (('.png', b'\x89PNG'), ('.pdf', b'%PDF')):
        first, second = (tmp_path / f'{number}{suffix}' for number in (1, 2))
        for path in (first, second):
            save_figure(FIGURES[name](MAFW), path)
        assert first.read_bytes().startswith(head) and first.stat().st_size > 5000
        assert first.read_bytes() == second.read_bytes()
        # Fonts that conferences accept, and no date.
        assert b'/Type3' not in first.read_bytes() and b'CreationDate' not in first.read_bytes()


def test_names_in_a_script_that_the_font_lacks(tmp_path, recwarn):
    save_figure(confusion_figure(np.eye(2, dtype=int), ['快乐', '悲伤']), tmp_path / 'a.png')
    assert not list(recwarn)


def test_confusion_shows_per_cent_of_the_row_and_counts():
    axes, _ = confusion_figure(np.array([[3, 1], [0, 5]]), ['a', 'b'], 'Two:').axes
    assert [text.get_text() for text in axes.texts] == ['75.0\n(3)', '25.0\n(1)', '0',
                                                        '100.0\n(5)']
    np.testing.assert_array_equal(axes.images[0].get_array(), [[75, 25], [0, 100]])
    assert axes.figure.get_suptitle() == 'Two:  UAR 0.875, WAR 0.889'


def test_clusters_are_told_apart_by_shape_and_by_shade():
    places, scores, labels, names = clusters_of(MAFW)
    figure = clusters_figure(places, scores, labels, names)
    assert [axes.get_title() for axes in figure.axes] == [
        f'{stage}\nsilhouette -0.123' for stage in places]
    for axes, stage in zip(figure.axes, places):
        drawn = [item for item in axes.collections if isinstance(item, PathCollection)]
        shapes = {item.get_paths()[0].vertices.round(3).tobytes() for item in drawn}
        shades = [item.get_facecolors()[0, :3] @ (0.299, 0.587, 0.114) for item in drawn]
        assert len(shapes) == len(drawn) == 11
        assert (np.diff(shades) > 0.03).all()
        for index, item in enumerate(drawn):
            np.testing.assert_allclose(item.get_offsets(), places[stage][labels == index])
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == MAFW


def test_too_many_classes_for_the_shapes():
    with pytest.raises(ValueError, match='Clusters of 20 classes cannot be drawn'):
        clusters_figure(*clusters_of([str(number) for number in range(20)]))


@pytest.mark.parametrize('clips', [5, 12, 100])
def test_same_features_same_picture_whatever_their_number(clips):
    features = np.random.default_rng(0).standard_normal((clips, 16)).astype(np.float32)
    places = embed(features)
    assert places.shape == (clips, 2) and np.isfinite(places).all()
    np.testing.assert_array_equal(places, embed(features))


def test_apart_stays_apart():
    """Two clusters of directions become two clusters of points."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    features = np.eye(8)[labels] * rng.uniform(1, 50, (60, 1)) + 0.05 * rng.standard_normal((60, 8))
    places = embed(features)
    centers = [places[labels == label].mean(0) for label in (0, 1)]
    nearest = np.argmin([np.linalg.norm(places - center, axis=1) for center in centers], 0)
    np.testing.assert_array_equal(nearest, labels)


def test_silhouette_by_hand():
    """Two clips along x, two along y and one in between: the mean of (b - a) / max(a, b)."""
    features = np.array([[1, 0], [2, 0], [0, 1], [0, 3], [1, 1]])
    labels = np.array([0, 0, 1, 1, 1])
    half = 1 - np.sqrt(0.5)  # cosine distance of the last one to either axis
    within = [0, 0, half / 2, half / 2, half]
    between = [(1 + 1 + half) / 3] * 2 + [1, 1] + [half]
    expected = np.mean([(b - a) / max(a, b) for a, b in zip(within, between)])
    assert silhouette(features, labels) == pytest.approx(expected, abs=1e-12)
    assert silhouette(features, labels) == pytest.approx(
        silhouette_samples(features, labels, metric='cosine').mean())
    for undefined in ([0] * 5, range(5)):
        assert silhouette(features, np.array(undefined)) is None


def test_few_clips():
    with pytest.raises(ValueError, match='Clusters of 4 clips cannot be drawn. Give at least 5'):
        embed(np.eye(4))
    places, scores, labels, names = clusters_of(['a', 'b'], clips=5)
    figure = clusters_figure(places, dict.fromkeys(scores), labels, names)
    assert figure.axes[0].get_title() == 'before the neck\nsilhouette undefined'


def test_attention_shows_the_shares():
    shares, *others = attention_of(MAFW)
    *panels, bar = attention_figure(shares, *others).axes
    assert [axes.get_title() for axes in panels] == ['query 1', 'query 2', 'equal weights']
    for axes, values in zip(panels, shares):
        np.testing.assert_allclose(axes.images[0].get_array(), 100 * values)
        written = np.array([float(text.get_text()) for text in axes.texts]).reshape(11, 4)
        np.testing.assert_allclose(written, 100 * values, atol=0.0501)
    assert [label.get_text() for label in panels[0].get_yticklabels()] == MAFW
    for image in (axes.images[0] for axes in panels):
        assert (rgb_to_hsv(image.to_rgba(image.get_array())[..., :3])[..., 1] < 1e-6).all()  # gray


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def test_course_of_the_losses():
    log = log_of()
    losses, validation, uar, rate = loss_course_figure(log).axes
    drawn = lines(losses)
    times, values = drawn['$L_{contrast}$'].get_data()
    np.testing.assert_allclose(times, np.arange(10, 401, 10) / 50)
    np.testing.assert_allclose(values, 100 / np.arange(10, 401, 10))
    assert set(drawn[r'$\alpha$ = 1'].get_ydata()) == {1}
    np.testing.assert_array_equal(validation.lines[0].get_data(),
                                  [range(1, 9), [5, 4, 3, 2, 1, 2, 3, 4]])
    assert lines(validation)['lowest validation\nloss (epoch 5)'].get_xdata() == [5]
    np.testing.assert_allclose(uar.lines[0].get_ydata(), np.arange(1, 9) / 10)
    assert rate.lines[0].get_ydata()[[19, 20]].tolist() == [0.003, 0.001]
    assert rate.get_xlim() == (0, 8)


def test_switches_are_where_the_flag_changes():
    log = log_of()
    assert log.switches() == [(10, True), (100, False), (210, True), (230, False)]
    for axes in loss_course_figure(log).axes:
        marked = [line.get_xdata()[0] for line in axes.lines
                  if line.get_label() == 'switch (iteration 100, 210, 230)']
        assert marked == [100 / 50, 210 / 50, 230 / 50]
        spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
        np.testing.assert_allclose(spans, [(2, 4.2), (4.6, 8)])


@pytest.mark.parametrize('alpha', [None, 0., float('inf')])
def test_course_without_what_a_run_may_lack(alpha):
    """A run without switch, validation or drawable alpha, with a loss of zero and a NaN."""
    log = log_of(alpha=alpha)
    log.validation = []
    for record in log.train:
        for key in ('auxiliary', 'similarity', 'polarity', 'lr', 'contrast_ema'):
            del record[key]
    log.train[3]['loss_contrast'], log.train[4]['loss_contrast'] = 0., float('nan')
    [losses] = loss_course_figure(log).axes
    assert len(losses.lines) == 1 and not losses.patches
    assert losses.lines[0].get_ydata()[3] > 0
