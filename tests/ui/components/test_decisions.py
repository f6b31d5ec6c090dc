from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from labelviz.project.workspace import Workspace
from labelviz.requests import BackUp
from labelviz.store.keeper import Keeper
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words


def table(page: AppTest, column: str) -> pd.DataFrame:
    """The table that has this column."""
    return next(each.value for each in page.dataframe if column in each.value.columns)


def test_decisions_are_checked_and_backed_up_on_a_press(
    predicted: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keeper, "wake", lambda _: None)  # which backs up by itself
    page = open_page("overview", predicted.path)
    assert "There is no backup yet." in words(page)
    predicted.decide(decision_of("1", "3", "exclude"))
    page = button(page, "Back up now").click().run()
    (made,) = BackUp(only_list=True).run(predicted).every
    listed = table(page, "Backup")
    assert listed["Backup"].tolist() == [made.path.name]
    assert listed["Decisions"].tolist() == [1]
    page = button(page, "Check them").click().run()
    assert set(table(page, "Sound")["Sound"]) == {"yes"}
