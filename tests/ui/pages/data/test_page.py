from __future__ import annotations

from labelviz.ui import state
from tests.conftest import REVIEWS
from tests.ui.conftest import button, words
from tests.ui.pages.data.conftest import typed


def test_without_a_workspace_there_is_only_the_way_to_load(empty):
    said = words(empty)
    assert "one row per sample" in said
    assert "Probabilities" not in said


def test_a_second_workspace_becomes_the_one_in_view(open_page, workspace, write):
    page = open_page("data", workspace.path)
    page.toggle[0].set_value(True).run()
    page = typed(page, write("text,label\na,x\nb,y\n", "second.csv"))
    button(page, "Load").click().run()
    assert page.query_params["workspace"] == "second"
    assert not page.toggle[0].value
    assert "second.csv" in words(page)


def test_home_is_beside_the_workspace_of_the_command_line(open_page, workspace):
    open_page("data", workspace.path)
    assert state.home() == workspace.path.parent


def test_loading_leads_to_the_report(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    button(page, "Load").click().run()
    said = words(page)
    assert "Rows in the file" in said
    assert "There are no probabilities yet" in said
