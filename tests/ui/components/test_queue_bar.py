"""The filter is the queue."""

from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from tests.conftest import decision_of
from tests.project.conftest import Write
from tests.ui.conftest import Open, button, query, sample, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_the_filter_is_the_queue(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    next(each for each in page.selectbox if each.label == "Given label").set_value("no").run()
    assert query(page, "show") == "all"
    assert query(page, "given") == "no"
    assert space.dataset.given[space.dataset.rows[sample(page)]] == 0


def test_search_finds_ids_and_texts(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    page.text_input[0].set_value("DULL").run()
    assert (query(page, "text"), sample(page)) == ("DULL", "3")
    assert "1 left" in words(page)
    page = button(page, "Clear").click().run()
    assert "text" not in page.query_params


def test_any_column_of_the_file_filters(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    next(each for each in page.selectbox if each.label == "Column of the file").set_value(
        "source"
    ).run()
    next(each for each in page.text_input if each.label == "contains").set_value("app").run()
    assert "3 left" in words(page)


def test_the_border_of_two_classes_filters(workspace: Workspace, write: Write, open_page: Open):
    rows = "id,no,yes\n6,0.45,0.55\n5,0.5,0.5\n4,0.3,0.7\n3,0.9,0.1\n2,0.8,0.2\n007,0,1\n"
    workspace.opinions.read_file(write(rows, "unsure.csv"))
    page = open_page("review", workspace.path)
    page.selectbox[0].set_value("all").run()
    other = next(each for each in page.selectbox if each.label == "and")
    assert other.disabled
    border = "The model wavers between"
    next(each for each in page.selectbox if each.label == border).set_value("yes").run()
    assert "2 left" in words(page)
    other = next(each for each in page.selectbox if each.label == "and")
    assert other.options == ["Any", "no"]
    other.set_value("no").run()
    assert (query(page, "between"), query(page, "versus")) == ("yes", "no")
    assert sample(page) in {"5", "6"}


def test_a_saved_filter_is_there_for_everybody(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    page.text_input[0].set_value("dull").run()
    page.text_input(key="filter name").set_value("dull ones").run()
    button(page, "Save").click().run()
    other = open_page("review", space.path)
    assert "text" not in other.query_params
    other.button(key="use dull ones").click().run()
    assert (query(other, "text"), query(other, "show")) == ("dull", "all")
    other.button(key="forget dull ones").click().run()
    assert space.queues.saved == {}


def test_what_somebody_decided_is_a_queue(space: Workspace, open_page: Open) -> None:
    space.decide(decision_of("1", "4", "unsure", reviewer="bob"))
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    next(each for each in page.selectbox if each.label == "Decided by").set_value("bob").run()
    assert (query(page, "by"), sample(page)) == ("bob", "4")
    assert "1 left" in words(page)


def test_a_region_of_the_data_map_filters(logged: Workspace, open_page: Open) -> None:
    page = open_page("review", logged.path)
    page.selectbox[0].set_value("all").run()
    next(each for each in page.selectbox if each.label == "Region of the data map").set_value(
        "hard"
    ).run()
    assert (query(page, "region"), sample(page)) == ("hard", "3")
    assert "1 left" in words(page)
    ranges = {each.label: (each.min, each.max, each.value) for each in page.slider}
    assert ranges["Confidence"] == (0, 1, (0, 1))
    assert ranges["Variability"] == (0, 0.5, (0, 0.5))


def test_without_a_training_log_the_region_says_why_not(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    region = next(each for each in page.selectbox if each.label == "Region of the data map")
    assert region.disabled
    assert "No training was logged" in region.options
