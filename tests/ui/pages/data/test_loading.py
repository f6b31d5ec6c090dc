from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.tables import apart
from labelviz.ui.components.form import Form
from labelviz.ui.pages.data import mapping
from tests.conftest import REVIEWS
from tests.project.conftest import decide
from tests.ui.conftest import button, words
from tests.ui.pages.data.conftest import field, table, typed

SPELLED = """id,text,label
1,first text,Good
2,second text,good
3,third text,good
4,fourth text,bad
"""
ALTERED = """id,text,label
1.23E+17,first text,yes
1.24E+17,second text,no
"""


def test_load_makes_a_workspace_and_shows_its_report(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS + "9,no label,,web\n", "reviews.csv"))
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/reviews")
    assert len(space.dataset) == 6
    assert set(space.dataset.slices) == {"source"}
    assert "Rows that were set aside, and why" in words(page)


@pytest.mark.bad_input("H19", "I17")
def test_what_is_not_small_is_loaded_by_another_process(empty, write, tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "SMALL", 0)
    for here in ("labelviz.project.loading.load_dataset", "labelviz.tables.apart.read_table"):
        monkeypatch.setattr(here, None)
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    button(page, "Load").click().run()
    assert len(Workspace(tmp_path / "home/reviews").dataset) == 6
    assert "How the file was read" in page.expander[0].label


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden", "x/y", "ümlaut"])
def test_a_name_that_is_no_name_is_refused_and_the_form_stays(empty, write, tmp_path, name):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_input", "Name of the new workspace").set_value(name).run()
    button(page, "Load").click().run()
    assert "This is no name for a workspace." in words(page)
    assert button(page, "Load")
    assert [each.name for each in (tmp_path / "home").iterdir()] == [".uploads"]


def test_a_column_that_makes_no_task_leaves_no_workspace_behind(empty, write, tmp_path):
    page = typed(empty, write("id,text,label\n1,a,same\n2,b,same\n"))
    button(page, "Load").click().run()
    assert "needs at least two classes" in words(page)
    assert [each.name for each in (tmp_path / "home").iterdir()] == [".uploads"]


def test_a_wrong_mapping_is_an_error_in_place_and_what_was_typed_stays(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_input", "Name of the new workspace").set_value("mine").run()
    field(page, "text_area", "Classes in order, one per line").set_value("good\nbad").run()
    button(page, "Load").click().run()
    assert "All 6 rows were set aside, the first because: unknown label" in words(page)
    assert field(page, "text_input", "Name of the new workspace").value == "mine"
    assert field(page, "text_area", "Classes in order, one per line").value == "good\nbad"
    field(page, "text_area", "Classes in order, one per line").set_value("").run()
    button(page, "Load").click().run()
    assert len(Workspace(tmp_path / "home/mine").dataset) == 6


@pytest.mark.bad_input("D04")
def test_spellings_of_labels_are_settled_in_a_table(empty, write, tmp_path):
    page = typed(empty, write(SPELLED, "spelled.csv"))
    assert "2 spellings look like 1 classes." in words(page)
    asked = table(page, "Read it as")
    assert asked["In the file"].tolist() == ["good", "Good"]
    assert asked["Read it as"].tolist() == ["good", "good"]
    button(page, "Use these classes").click().run()
    assert "2 classes: bad, good" in words(page)
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/spelled")
    assert space.dataset.classes == ("bad", "good")
    assert space.data.columns.spellings == {"Good": "good"}


@pytest.mark.bad_input("D04")
def test_every_spelling_can_be_a_class_of_its_own(empty, write, tmp_path):
    page = typed(empty, write(SPELLED, "spelled.csv"))
    button(page, "Take every spelling as a class of its own").click().run()
    assert "3 classes: Good, bad, good" in words(page)
    button(page, "Load").click().run()
    assert Workspace(tmp_path / "home/spelled").dataset.classes == ("Good", "bad", "good")


@pytest.mark.bad_input("C06")
@pytest.mark.parametrize(
    ("answer", "ids"),
    [("Take the ids as they stand", ["1.23E+17", "1.24E+17"]), ("Make ids from the texts", None)],
)
def test_altered_ids_are_settled_by_a_click(empty, write, tmp_path, answer, ids):
    page = typed(empty, write(ALTERED, "altered.csv"))
    button(page, "Load").click().run()
    assert "look altered by a spreadsheet" in words(page)
    button(page, answer).click().run()
    button(page, "Load").click().run()
    found = Workspace(tmp_path / "home/altered").dataset.ids.tolist()
    assert found == ids if ids else all("E+" not in each for each in found)


def test_a_workspace_of_another_file_is_not_overwritten_unless_asked(open_page, workspace, write):
    page = open_page("data", workspace.path)
    page.toggle[0].set_value(True).run()
    page = typed(page, write("text,label\na,x\nb,y\n", "project.csv"))
    button(page, "Load").click().run()
    assert "This workspace holds another dataset." in words(page)
    assert len(workspace.dataset) == 6
    assert "6 samples are gone" in words(page)
    button(page, "Replace the dataset").click().run()
    assert len(workspace.dataset) == 2


def test_what_a_person_settles_replaces_what_was_settled_before(monkeypatch):
    import streamlit as st

    state = {}
    monkeypatch.setattr(st, "session_state", state)
    form = Form("f")
    form.start(spellings={"Y": "yes", "N": "no"}, missing=["?"])
    mapping.settle(form, {"Y": "Y", "maybe": "", "?": "no", "": ""})
    assert form.value("spellings") == {"N": "no", "?": "no"}
    assert form.value("missing") == ["maybe"]


@pytest.mark.bad_input("D17", "P18")
def test_a_class_under_another_name_is_read_as_before_by_a_click(open_page, workspace, write):
    decide(workspace, "1", "2", "choose", label=("yes",))
    page = open_page("data", workspace.path)
    page.toggle[0].set_value(True).run()
    page = typed(page, write(REVIEWS.replace(",yes,", ",agrees,"), "project.csv"))
    button(page, "Load").click().run()
    assert "Decisions name classes that this file does not have: yes." in words(page)
    button(page, "Read these classes as before").click().run()
    button(page, "Load").click().run()
    after = Workspace(workspace.path)
    assert after.dataset.classes == ("no", "yes")
    assert after.review.status(after.dataset.rows["2"]) == "corrected"
