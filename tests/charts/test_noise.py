from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.doors import behind
from labelviz.charts.noise import MOST_CLASSES, noise_figure
from labelviz.core.noise import NoiseMatrix
from labelviz.core.queue import Queue

CLASSES = ("a", "<i>b</i>", "c")
SINGLE = NoiseMatrix(CLASSES, np.array([[37, 3, 0], [0, 1, 1], [0, 0, 0]]), multilabel=False)
MANY = NoiseMatrix(CLASSES[:2], np.array([[8, 2, 0], [1, 1, 1]]), multilabel=True)


def cell_at(figure, column, row):
    cells = figure.data[1]
    return next(
        number
        for number, at in enumerate(zip(cells.x, cells.y, strict=True))
        if at == (column, row)
    )


def test_only_errors_are_coloured_by_their_share():
    heat = noise_figure(SINGLE, true=False).data[0]
    assert np.array(heat.z).ravel().tolist() == pytest.approx([0, 3 / 40, 0, 0, 0, 0.5, 0, 0, 0])


@pytest.mark.parametrize(
    ("true", "words"),
    [(False, "Predicted: &lt;i&gt;b&lt;/i&gt;<br>3 of 40 samples"),
     (True, "True: &lt;i&gt;b&lt;/i&gt;<br>3 of 40 random samples")],
)  # fmt: skip
def test_every_cell_says_its_count_and_no_rate(true, words):
    figure = noise_figure(SINGLE, true=true)
    here = cell_at(figure, 1, 0)
    assert figure.data[1].text[here] == "3"
    assert figure.data[1].hovertext[here] == f"Given: a<br>{words}"
    assert figure.layout.xaxis.title.text == ("True label" if true else "Predicted label")


def test_every_cell_is_a_door():
    figure = noise_figure(SINGLE, true=False)
    door = behind(figure.data[1].customdata[cell_at(figure, 1, 0)])
    assert door == Queue(show="all", given="a", predicted="<i>b</i>")
    assert len(figure.data[1].customdata) == 9


def test_multilabel_cells_lead_to_what_the_queue_can_say():
    figure = noise_figure(MANY, true=True)
    doors = [behind(figure.data[1].customdata[cell_at(figure, part, 1)]) for part in range(3)]
    name = "<i>b</i>"
    assert doors == [
        Queue(show="all", given=name, predicted=name),
        Queue(show="all", given=name),
        Queue(show="all", predicted=name),
    ]
    assert figure.data[1].hovertext[cell_at(figure, 1, 0)] == (
        "a<br>Given, wrong: 2 of 10 random samples"
    )


def test_of_sixty_classes_the_noisiest_are_drawn_with_their_own_names():
    counts = np.diag([100.0] * 60)
    noisy = list(range(40, 40 + MOST_CLASSES))
    counts[noisy, noisy[::-1]] = 5
    found = NoiseMatrix(tuple(f"class {k}" for k in range(60)), counts, multilabel=False)
    figure = noise_figure(found, true=False)
    assert np.array(figure.data[0].z).shape == (MOST_CLASSES, MOST_CLASSES)
    assert list(figure.layout.yaxis.ticktext) == [f"class {k}" for k in noisy]
    door = behind(figure.data[1].customdata[cell_at(figure, MOST_CLASSES - 1, 0)])
    assert door == Queue(show="all", given="class 40", predicted=f"class {noisy[-1]}")
