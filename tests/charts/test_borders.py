from __future__ import annotations

from labelviz.charts.borders import MOST_BORDERS, borders_figure
from labelviz.charts.doors import behind
from labelviz.core.borders import Border

TWO = [Border("a", "<b>", 5, 3, 1, 2), Border("a", "c", 2, 0, 2, 0)]


def drawn(figure) -> dict[str, list[int]]:
    return {bar.name: list(bar.x) for bar in figure.data if bar.name and bar.showlegend}


def test_a_bar_is_parted_by_what_was_given_and_its_parts_stand_end_to_end():
    figure = borders_figure(TWO)
    parts = {"Labelled the first": [3, 0], "Labelled the second": [1, 2]}
    assert drawn(figure) == parts | {"Neither": [1, 0]}
    assert [list(bar.base) for bar in figure.data[:3]] == [[0, 0], [3, 0], [4, 2]]
    assert list(figure.layout.yaxis.ticktext) == ["“a” | “&lt;b&gt;”", "“a” | “c”"]


def test_a_bar_leads_to_its_samples_and_says_what_they_are():
    figure = borders_figure(TWO)
    assert [behind(each) for each in figure.data[-1].customdata] == [each.queue for each in TWO]
    assert figure.data[-1].hovertext[1] == (
        "“a” | “c”<br>Labelled the first: 0<br>Labelled the second: 2<br>Neither: 0<br>Flagged: 0"
    )


def test_of_several_labels_a_class_is_given_or_not():
    figure = borders_figure([Border("x", "", 3, 2, 1, 0)])
    assert drawn(figure) == {"Given": [2], "Not given": [1]}
    assert list(figure.layout.yaxis.ticktext) == ["x"]


def test_the_first_borders_are_drawn_and_none_is_no_error():
    many = [Border("a", str(k), 9, 9, 0, 0) for k in range(20)]
    assert len(borders_figure(many).data[-1].y) == MOST_BORDERS
    assert len(borders_figure([]).data[-1].y) == 0
