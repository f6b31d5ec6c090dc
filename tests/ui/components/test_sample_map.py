"""The map of the samples: offered, coloured, looked at closer, and a way to a queue."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz.core.area import Area
from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.requests import LayOut, Request
from labelviz.ui.components import sample_map
from tests.ui.conftest import Open, button, press, words


class Canvas:
    """Stands for the charts of a page: keeps the map's figure, and draws a box on it."""

    def __init__(self) -> None:
        self.figures: list[Any] = []
        self.box: dict[str, list[float]] = {}

    def show(self, figure: Any, **settings: Any) -> None:
        if not settings["key"].startswith("sample map"):
            return
        self.figures.append(figure)

        def drawn() -> None:
            st.session_state[settings["key"]] = {"selection": {"box": [self.box], "lasso": []}}
            settings["on_select"]()

        st.button("draw", key="draw", on_click=drawn)

    def draw(self, page: AppTest, x: list[float], y: list[float]) -> AppTest:
        self.box = {"x": x, "y": y}
        return press(page, "draw")


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Canvas:
    stands_in = Canvas()
    monkeypatch.setattr(st, "plotly_chart", stands_in.show)
    return stands_in


def test_without_a_map_it_is_offered(
    space: Workspace, open_page: Open, started: list[Request]
) -> None:
    page = open_page("overview", space.path)
    assert "not laid out yet" in words(page)
    button(page, "Make the map").click().run()
    assert started == [LayOut()]


def test_so_many_samples_that_an_encoder_is_needed_are_told_so(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelviz.project.embeddings.MOST_FOR_LSA", 5)
    for file in (space.path / "embeddings").iterdir():
        file.unlink()
    page = open_page("overview", space.path)
    assert "need an encoder" in words(page)
    assert "Make the map" not in {each.label for each in page.button}


def test_a_box_says_what_is_inside_and_leads_to_its_queue(
    space: Workspace, open_page: Open, canvas: Canvas, gone: list[tuple[Any, ...]]
) -> None:
    layout = LayOut().run(space)
    assert space.suspicion is not None
    page = open_page("overview", space.path)
    assert "all 6 of them" in words(page)
    assert len([each for each in canvas.figures[-1].data if each.mode == "markers"]) == 2
    page = canvas.draw(page, [0.0, 1.0], [0.0, 1.0])
    assert f"6 samples inside: {int(space.suspicion.flagged.sum())} flagged" in words(page)
    page = button(page, "Review these").click().run()
    (_, queue) = gone[-1]
    area = Area.read(queue.area)
    assert area is not None
    assert (queue.show, area.mark) == ("all", layout.mark)
    assert set(space.queues.waiting(queue)) == set(space.dataset.ids)


def test_a_look_closer_and_back(space: Workspace, open_page: Open, canvas: Canvas) -> None:
    layout = LayOut().run(space)
    page = open_page("overview", space.path)
    left = int((layout.x < 0.4).sum())
    assert 0 < left < 6
    page = canvas.draw(page, [-0.05, 0.398], [-0.05, 1.05])
    page = button(page, "Look closer").click().run()
    assert f"{left} of 6 are in view" in words(page)
    assert "Review these" not in {each.label for each in page.button}
    page = button(page, "Show all").click().run()
    assert "all 6 of them" in words(page)


def test_everything_it_can_be_coloured_by(
    space: Workspace, open_page: Open, canvas: Canvas
) -> None:
    LayOut().run(space)
    page = open_page("overview", space.path)
    choice = next(each for each in page.selectbox if each.label == "Colour by")
    assert choice.options[:4] == ["Given label", "Predicted label", "Suspicion", "Status"]
    for name in choice.options:
        page = next(e for e in page.selectbox if e.label == "Colour by").set_value(name).run()
        names = [each.name for each in canvas.figures[-1].data]
        if name == "Suspicion":
            assert names == ["Suspicion"]
        if name == "Status":
            assert names == ["not reviewed"]


def test_an_area_of_another_map_shows_nothing_and_is_refused_by_name(space: Workspace) -> None:
    LayOut().run(space)
    stale = Queue(show="all", area="00000000_0.0_1000.0_1000.1000_0.1000")
    with pytest.raises(Exception, match="does not have") as refused:
        space.queues.waiting(stale)
    assert refused.value.field == "area"  # type: ignore[attr-defined]
    assert sample_map.TITLE
