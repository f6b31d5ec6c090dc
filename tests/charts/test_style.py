from __future__ import annotations

import plotly.graph_objects as go

from labelviz.charts.style import click_area, named_ticks, styled


def test_a_figure_gets_its_axis_titles_and_height():
    figure = styled(go.Figure(), x="Class", y="Samples", height=123)
    assert figure.layout.xaxis.title.text == "Class"
    assert figure.layout.yaxis.title.text == "Samples"
    assert figure.layout.height == 123


def test_names_stand_at_whole_numbers():
    assert named_ticks(["a", "b"]) == {
        "tickmode": "array",
        "tickvals": [0, 1],
        "ticktext": ["a", "b"],
    }


def test_a_click_area_fills_the_length_and_shows_nothing():
    upright = click_area([0.5, 1.5], 9, ["h", "i"], ["x", "y"], width=1)
    assert list(upright.x) == [0.5, 1.5]
    assert list(upright.y) == [9, 9]
    assert upright.marker.color == "rgba(0,0,0,0)"
    assert list(upright.customdata) == ["x", "y"]
    lying = click_area([0, 1], 9, ["h", "i"], ["x", "y"], orientation="h")
    assert list(lying.x) == [9, 9]
    assert list(lying.y) == [0, 1]
