from __future__ import annotations

from labelviz.requests import BackUp
from labelviz.workspace import Workspace
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words


def test_decisions_are_checked_and_backed_up_on_a_press(
    predicted: Workspace, open_page: Open
) -> None:
    predicted.decide(decision_of("1", "3", "exclude"))
    page = open_page("overview", predicted.path)
    assert "There is no backup yet." in words(page)
    page = button(page, "Back up now").click().run()
    (made,) = BackUp(only_list=True).run(predicted).every
    listed = page.dataframe(key="backups").value
    assert listed["Backup"].tolist() == [made.path.name]
    assert listed["Decisions"].tolist() == [1]
    page = button(page, "Check them").click().run()
    assert set(page.dataframe(key="soundness").value["Sound"]) == {"yes"}
    assert len(BackUp(only_list=True).run(predicted).every) == 1
