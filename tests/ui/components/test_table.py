"""The table: what it shows of a queue, and what is believed of what the browser sends."""

from __future__ import annotations

from typing import Any

import pytest

from labelviz.project.workspace import Workspace
from labelviz.ui.components import table_view
from tests.ui.conftest import Open, TableInBrowser, query, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_the_table_shows_the_queue_with_all_texts(
    space: Workspace, open_page: Open, browser: TableInBrowser
) -> None:
    page = open_page("review", space.path, table="1", show="all", sort="file")
    assert browser.samples == [str(each) for each in space.dataset.ids]
    data = browser.told[-1]["data"]
    heads = [each["words"] for each in data["columns"]]
    assert heads == [
        "Sample", "Text", "Given", "Predicted", "Suggested", "Suspicion", "Status",
    ]  # fmt: skip
    first = dict(zip(heads, data["rows"][0]["cells"], strict=True))
    assert first["Text"] == space.dataset.texts[0][0]
    assert first["Given"] == space.dataset.classes[space.dataset.given[0]]
    assert space.suspicion is not None
    assert first["Suspicion"] == f"{space.suspicion.score[0]:.2f}"
    assert first["Status"] == "not reviewed"
    orders = {each["words"]: each["order"] for each in data["columns"]}
    assert orders == {"Sample": "ascending", **dict.fromkeys(heads[1:], "")}
    assert query(page, "table") == "1"


@pytest.mark.parametrize(
    ("event", "what"),
    [("open", "no such sample"), ("open", ["4"]), ("open", {"4": 1}), ("sort", "best"),
     ("sort", None), ("decide", "4"), ("decide", ["nobody", 3, ["4"]]), ("decide", [])],
)  # fmt: skip
def test_what_the_browser_makes_up_does_nothing(
    space: Workspace, open_page: Open, browser: TableInBrowser, event: str, what: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(table_view, "_decide", lambda *_: pytest.fail("nothing was chosen"))
    page = open_page("review", space.path, table="1", show="all", sort="file")
    before = dict(page.query_params)
    page = browser.press(page, event, what)
    assert dict(page.query_params) == before
    assert words(page) is not None


def test_a_blind_reviewer_sees_no_evidence_and_nothing_that_others_said(
    space: Workspace, open_page: Open, browser: TableInBrowser
) -> None:
    page = open_page("review", space.path, table="1", show="all")
    page.toggle(key="blind").set_value(True).run()
    heads = [each["words"] for each in browser.told[-1]["data"]["columns"]]
    assert heads == ["Sample", "Text"]
