"""The table in place of the card: its pages, and what follows a press on it."""

from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.ui.components import table_view
from tests.conftest import decision_of
from tests.ui.conftest import Open, TableInBrowser, button, query, sample, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_a_page_beyond_the_last_is_the_last(
    space: Workspace, open_page: Open, browser: TableInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelviz.reviewing.listing.PER_PAGE", 4)
    page = open_page("review", space.path, table="77", show="all", sort="file")
    assert query(page, "table") == "2"
    assert browser.samples == [str(each) for each in space.dataset.ids[4:]]
    page = button(page, "Previous page").click().run()
    assert query(page, "table") == "1"
    assert browser.samples == [str(each) for each in space.dataset.ids[:4]]


def test_the_way_to_the_table_and_back_keeps_the_card(
    space: Workspace, open_page: Open, browser: TableInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelviz.reviewing.listing.PER_PAGE", 4)
    name = str(space.dataset.ids[5])
    page = open_page("review", space.path, show="all", sort="file", sample=name)
    page = button(page, "Table").click().run()
    assert (query(page, "table"), query(page, "sample")) == ("2", name)
    page = button(page, "Card").click().run()
    assert ("table" in page.query_params, sample(page)) == (False, name)


def test_a_press_on_a_sample_opens_its_card(
    space: Workspace, open_page: Open, browser: TableInBrowser
) -> None:
    page = open_page("review", space.path, table="1", show="all", sort="file")
    page = browser.press(page, "open", "4")
    assert ("table" in page.query_params, sample(page)) == (False, "4")


def test_a_press_on_a_head_sorts_the_whole_queue_and_a_second_turns_it_round(
    space: Workspace, open_page: Open, browser: TableInBrowser
) -> None:
    page = open_page("review", space.path, table="1", show="all", text="m")
    for turned in (False, True):
        page = browser.press(page, "sort", "given")
        assert (query(page, "sort"), "reverse" in page.query_params) == ("given", turned)
        assert (query(page, "table"), query(page, "text")) == ("1", "m")
        by_label = sorted(space.dataset.given[[space.dataset.rows[e] for e in browser.samples]])
        given = [int(space.dataset.given[space.dataset.rows[each]]) for each in browser.samples]
        assert given == (by_label[::-1] if turned else by_label)
    orders = {each["words"]: each["order"] for each in browser.told[-1]["data"]["columns"]}
    assert orders["Given"] == "descending"


def test_what_is_chosen_is_decided_in_one_step(
    space: Workspace, open_page: Open, browser: TableInBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[tuple[str, ...]] = []
    monkeypatch.setattr(table_view, "_decide", lambda _, samples: decided.append(samples))
    page = open_page("review", space.path, table="1", show="all", sort="file")
    page = browser.press(page, "decide", ["4", "2"])
    assert decided == [("4", "2")]
    page.run()
    assert len(decided) == 1


def test_an_empty_queue_says_so(space: Workspace, open_page: Open, browser: TableInBrowser) -> None:
    page = open_page("review", space.path, table="1", show="excluded")
    assert "No sample waits" in page.info[0].value
    assert not browser.told


def test_undo_is_at_hand(space: Workspace, open_page: Open, browser: TableInBrowser) -> None:
    space.decide(decision_of("1", "4", "unsure", reviewer="me"))
    page = open_page("review", space.path, table="1", show="all")
    page = button(page, "Undo").click().run()
    assert space.decisions.statuses.count("unsure") == 0
    assert query(page, "table") == "1"
    assert "Undo" not in {each.label for each in page.button}
    assert words(page)
