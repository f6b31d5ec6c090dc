from __future__ import annotations

import pytest

from labelviz.ui import state
from labelviz.workspace import Workspace
from tests.conftest import OPINION, REVIEWS
from tests.ui.conftest import button, words

BROKEN = 'id,text,label\n1,"never closed,yes\n'


def field(page, kind, label):
    return next(each for each in getattr(page, kind) if each.label == label)


@pytest.fixture
def empty(open_page, tmp_path):
    """The page where there is no workspace; new ones come into this folder."""
    home = tmp_path / "home"
    home.mkdir()
    return open_page("data", home / "nothing")


def typed(page, path):
    return (
        field(page, "text_input", "Or type the path of a file on the server")
        .set_value(str(path))
        .run()
    )


def test_the_file_is_shown_as_text_with_guessed_columns(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    assert page.dataframe[0].value["id"].tolist()[0] == "007"
    assert "The first rows of 6" in words(page)
    chosen = {each.label: each.value for each in page.selectbox}
    assert (chosen["Text"], chosen["Label to audit"], chosen["Sample id"]) == (
        "text",
        "label",
        "id",
    )
    assert field(page, "multiselect", "Slices: where errors may clump").value == ["source"]
    assert field(page, "text_input", "Name of the new workspace").value == "reviews"


def test_a_file_that_changes_is_read_again(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    write(REVIEWS.replace("007", "seven"), "reviews.csv")
    page.run()
    assert page.dataframe[0].value["id"].tolist()[0] == "seven"


def test_load_makes_a_workspace_and_shows_its_report(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS + "9,no label,,web\n", "reviews.csv"))
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/reviews")
    assert len(space.dataset) == 6
    assert set(space.dataset.slices) == {"source"}
    said = words(page)
    assert "Rows that were set aside, and why" in said
    reasons = next(t.value for t in page.dataframe if "Reason" in t.value)
    assert reasons.to_dict("records") == [{"Reason": "no label", "Rows": 1, "First line": 8}]
    counts = next(t.value for t in page.dataframe if "Class" in t.value)
    assert dict(zip(counts["Class"], counts["Samples"], strict=True)) == {"no": 2, "yes": 4}


def test_an_upload_is_kept_and_read(empty, tmp_path):
    page = empty
    page.file_uploader[0].upload("../my reviews.csv", REVIEWS.encode(), "text/csv").run()
    assert field(page, "text_input", "Name of the new workspace").value == "my-reviews"
    button(page, "Load").click().run()
    assert len(Workspace(tmp_path / "home/my-reviews").dataset) == 6


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden", "x/y", "ümlaut"])
def test_a_name_that_is_no_name_is_refused_and_the_form_stays(empty, write, tmp_path, name):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_input", "Name of the new workspace").set_value(name).run()
    button(page, "Load").click().run()
    assert "This is no name for a workspace." in words(page)
    assert button(page, "Load")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_file_that_cannot_be_read_is_a_message_and_the_form_stays(empty, write):
    page = typed(empty, write(BROKEN))
    assert "A quote opened on line 2 never closes." in words(page)
    assert page.file_uploader[0].label == "Upload a CSV file"


def test_a_path_that_does_not_exist_is_a_message(empty, tmp_path):
    assert "There is no file absent.csv." in words(typed(empty, tmp_path / "absent.csv"))


def test_a_column_that_makes_no_task_leaves_no_workspace_behind(empty, write, tmp_path):
    page = typed(empty, write("id,text,label\n1,a,same\n2,b,same\n"))
    button(page, "Load").click().run()
    assert "needs at least two classes" in words(page)
    assert list((tmp_path / "home").iterdir()) == []


def test_classes_can_be_put_in_order(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_area", "Classes in order, one per line").set_value("yes\n no \n\n").run()
    button(page, "Load").click().run()
    assert Workspace(tmp_path / "home/reviews").dataset.classes == ("yes", "no")


def test_a_workspace_of_another_file_is_not_overwritten(open_page, workspace, write):
    page = open_page("data", workspace.path)
    page.toggle[0].set_value(True).run()
    page = typed(page, write("text,label\na,x\nb,y\n", "project.csv"))
    button(page, "Load").click().run()
    assert "This workspace holds another dataset." in words(page)
    assert len(workspace.dataset) == 6


def test_a_second_workspace_becomes_the_one_in_view(open_page, workspace, write, tmp_path):
    page = open_page("data", workspace.path)
    page.toggle[0].set_value(True).run()
    page = typed(page, write("text,label\na,x\nb,y\n", "second.csv"))
    button(page, "Load").click().run()
    assert page.query_params["workspace"] == "second"
    assert not page.toggle[0].value
    assert "second.csv" in words(page)


def test_the_mapping_and_the_counts_of_rows_are_shown(open_page, workspace):
    page = open_page("data", workspace.path)
    mapping = next(t.value for t in page.dataframe if "Meaning" in t.value)
    assert dict(zip(mapping["Meaning"], mapping["Column"], strict=True)) == {
        "Text": "text",
        "Label to audit": "label",
        "Sample id": "id",
        "Slices": "source",
    }
    assert "No row was set aside" in words(page)
    assert "There are no probabilities yet" in words(page)


def test_cross_validation_is_the_first_offer(open_page, workspace, started):
    page = open_page("data", workspace.path)
    field(page, "number_input", "Folds").set_value(3).run()
    button(page, "Get probabilities").click().run()
    assert started == [["predict", str(workspace.path), "--cross-validate", "--folds=3"]]


def test_cross_validation_takes_an_encoder(open_page, workspace, started):
    page = open_page("data", workspace.path)
    field(page, "text_input", "Encoder: a folder or a hub id").set_value(" a/b ").run()
    button(page, "Get probabilities").click().run()
    assert started[0][2:] == ["--cross-validate", "--folds=5", "--model=a/b"]


def test_a_model_has_to_be_named(open_page, workspace, started):
    page = open_page("data", workspace.path)
    page.segmented_control[0].set_value("From a model").run()
    assert button(page, "Get probabilities").disabled
    field(page, "text_input", "Model: a folder or a hub id").set_value("--help").run()
    button(page, "Get probabilities").click().run()
    assert started == [["predict", str(workspace.path), "--model=--help"]]


def test_a_file_of_probabilities_is_kept_in_the_workspace(open_page, workspace, started):
    page = open_page("data", workspace.path)
    page.segmented_control[0].set_value("From a CSV file").run()
    assert button(page, "Get probabilities").disabled
    page.file_uploader[0].upload("my opinion.csv", OPINION.encode(), "text/csv").run()
    button(page, "Get probabilities").click().run()
    kept = workspace.path / "uploads/my-opinion.csv"
    assert started == [["predict", str(workspace.path), f"--from={kept}"]]
    assert kept.read_text() == OPINION


def test_other_probabilities_can_be_put_in_use(open_page, predicted, write):
    predicted.predict_from_file(write(OPINION, "later.csv"))
    page = open_page("data", predicted.path)
    table = next(t.value for t in page.dataframe if "Kind" in t.value)
    assert table["Name"].tolist() == ["opinion", "later"]
    assert table["Kind"].tolist() == ["unknown origin"] * 2
    chooser = field(page, "selectbox", "Probabilities in use")
    assert chooser.value == "later"
    chooser.set_value("opinion").run()
    assert predicted.current_probabilities == "opinion"


def test_labels_are_checked_by_a_button(open_page, predicted, started):
    page = open_page("data", predicted.path)
    button(page, "Find wrong labels").click().run()
    assert started == [["flag", str(predicted.path)]]


def test_what_was_checked_is_said(open_page, flagged):
    said = words(open_page("data", flagged.path))
    assert "Checked with these probabilities: 2 labels are likely wrong." in said


def test_home_is_beside_the_workspace_of_the_command_line(open_page, workspace):
    open_page("data", workspace.path)
    assert state.home() == workspace.path.parent
