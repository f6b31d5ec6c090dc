from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from labelviz.project.workspace import Workspace
from labelviz.requests import BackUp
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words


def table(page: AppTest, column: str) -> pd.DataFrame:
    """The table that has this column."""
    return next(each.value for each in page.dataframe if column in each.value.columns)


def test_decisions_are_checked_and_backed_up_on_a_press(
    predicted: Workspace, open_page: Open
) -> None:
    page = open_page("overview", predicted.path)
    assert "There is no backup yet." in words(page)
    predicted.decide(decision_of("1", "3", "exclude"))
    before = {each.path for each in BackUp(only_list=True).run(predicted).every}
    page = button(page, "Back up now").click().run()
    (made,) = {each.path for each in BackUp(only_list=True).run(predicted).every} - before
    listed = table(page, "Backup")
    assert made.name in listed["Backup"].tolist()
    assert listed["Decisions"].tolist()[0] == 1
    page = button(page, "Check them").click().run()
    assert set(table(page, "Sound")["Sound"]) == {"yes"}
