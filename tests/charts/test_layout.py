from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts import layout as charted
from labelviz.charts.layout import (
    Amounts,
    Groups,
    Window,
    area_drawn,
    cells,
    groups_of_labels,
    groups_of_values,
    layout_figure,
    marks,
)
from labelviz.core.area import Area
from labelviz.core.arrays import told_apart
from labelviz.core.dataset import MISSING
from labelviz.core.layout import Layout
from tests.conftest import dataset_of

X, Y = np.array([0.0, 0.2, 0.21, 1.0]), np.array([0.0, 0.5, 0.51, 1.0])
LAYOUT = Layout(X, Y)
DATA = dataset_of([0, 1, 1, MISSING])
WHOLE = Window()


def test_few_samples_have_a_mark_each():
    found = marks(cells(LAYOUT, WHOLE), groups_of_labels(DATA, DATA.given))
    assert found.at.x == pytest.approx(X)
    assert found.at.count.tolist() == [1, 1, 1, 1]
    assert found.at.row.tolist() == [0, 1, 2, 3]
    assert found.group.tolist() == [0, 1, 1, 2]
    assert found.value.tolist() == [1, 1, 1, 1]


def test_of_many_those_in_a_cell_have_one_mark_in_the_colour_of_the_most(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(charted, "MOST_MARKS", 3)
    monkeypatch.setattr(charted, "ACROSS", 2)
    monkeypatch.setattr(charted, "UP", 2)
    layout = Layout(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0.1, 0.2, 0.3, 0.9]))
    found = marks(
        cells(layout, WHOLE), Groups(("a", "b"), ("#000", "#fff"), np.array([0, 1, 1, 0]))
    )
    assert found.at.x == pytest.approx([0.2, 0.9])
    assert found.at.count.tolist() == [3, 1]
    assert found.group.tolist() == [1, 0]
    assert found.value == pytest.approx([2 / 3, 1])
    assert found.at.row[1] == 3
    amounts = marks(cells(layout, WHOLE), Amounts("Suspicion", np.array([0.0, 0.3, 0.9, 0.5])))
    assert amounts.value == pytest.approx([0.4, 0.5])


def test_a_look_closer_takes_what_was_together_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(charted, "MOST_MARKS", 2)
    monkeypatch.setattr(charted, "ACROSS", 2)
    monkeypatch.setattr(charted, "UP", 2)
    layout, groups = Layout(X, Y), groups_of_labels(DATA, DATA.given)
    assert sorted(marks(cells(layout, WHOLE), groups).at.count.tolist()) == [1, 1, 2]
    closer = marks(cells(layout, Window(0.1, 0.3, 0.4, 0.6)), groups)
    assert closer.at.row.tolist() == [1, 2]


def test_cells_are_as_many_across_and_up_as_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(charted, "MOST_MARKS", 0)
    monkeypatch.setattr(charted, "ACROSS", 3)
    monkeypatch.setattr(charted, "UP", 2)
    x, y = (each.ravel() for each in np.meshgrid(np.linspace(0, 1, 30), np.linspace(0, 1, 30)))
    found = marks(cells(Layout(x, y), WHOLE), Amounts("x", np.zeros(900)))
    assert found.at.count.tolist() == [150] * 6
    assert len(set(found.at.x.round(6))) == 3
    assert len(set(found.at.y.round(6))) == 2


@pytest.mark.parametrize("count", [1, 3_000, 3_001, 60_000])
def test_every_sample_is_drawn_in_few_marks(count: int):
    random = np.random.default_rng(0)
    layout = Layout(*random.random((2, count)))
    found = marks(cells(layout, WHOLE), Amounts("x", np.full(count, 0.5)))
    assert found.at.count.sum() == count
    assert len(found.at.x) <= max(charted.MOST_MARKS, charted.ACROSS * charted.UP)
    assert found.value == pytest.approx(0.5)


def test_the_commonest_groups_have_a_colour_and_the_others_one_together():
    values = [f"v{n:02d}" for n in range(12) for _ in range(20 - n)]
    groups = groups_of_values(*told_apart(values))
    assert groups.names == (*(f"v{n:02d}" for n in range(10)), "all others")
    assert np.bincount(groups.codes).tolist() == [*range(20, 10, -1), 10 + 9]
    assert len(set(groups.colours[:8])) == 8


def test_labels_keep_the_order_and_colours_of_their_classes():
    data = dataset_of([1, 1, 0, MISSING], classes=("a", "b", "c"), task="multiclass")
    groups = groups_of_labels(data, data.given)
    assert groups.names == ("a", "b", "none")
    assert groups.codes.tolist() == [1, 1, 0, 2]
    assert groups.colours[:2] == tuple(charted.class_colours(2))
    several = dataset_of([[1, 0], [1, 1], [0, 0]], task="multilabel")
    assert groups_of_labels(several, several.given).names == ("no", "none", "several")


def test_the_figure_shows_literal_names_and_the_area():
    data = dataset_of([0, 1, 1, 0], classes=("<b>no</b>", "$x$"))
    groups = groups_of_labels(data, data.given)
    area = Area(LAYOUT.mark, ((0, 0), (500, 0), (0, 500)))
    figure = layout_figure(data, marks(cells(LAYOUT, WHOLE), groups), groups, WHOLE, area)
    assert [each.name for each in figure.data] == ["&lt;b&gt;no&lt;/b&gt;", "&#36;x&#36;", None]
    assert figure.data[2].x == (0, 0.5, 0, 0)
    assert figure.data[0].hovertext[0].startswith("s0<br>given: &lt;b&gt;no")
    amounts = Amounts("Suspicion", np.array([0.1, 0.2, 0.3, 0.4]))
    (only,) = layout_figure(data, marks(cells(LAYOUT, WHOLE), amounts), amounts, WHOLE, None).data
    assert only.hovertext[3].endswith("Suspicion 0.40")


def test_a_box_holds_what_lies_on_its_border_and_a_lasso_is_an_area():
    whole = area_drawn({"box": [{"x": [1.0, 0.0], "y": [0.0, 1.0]}]}, LAYOUT)
    assert whole is not None
    assert LAYOUT.inside(whole).all()
    lasso = area_drawn({"lasso": [{"x": [0.1, 0.4, 0.2], "y": [0.4, 0.45, 0.7]}]}, LAYOUT)
    assert lasso is not None
    assert LAYOUT.inside(lasso).tolist() == [False, True, True, False]
    assert area_drawn({"box": [], "lasso": []}, LAYOUT) is None
    assert area_drawn({}, LAYOUT) is None
    closer = Window.around(LAYOUT, np.array([1, 2]))
    assert (closer.left, closer.right, closer.low, closer.high) == pytest.approx(
        (0.2, 0.21, 0.5, 0.51)
    )
