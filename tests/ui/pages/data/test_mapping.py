from __future__ import annotations

from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from labelviz.ui.pages.data.mapping import MAIN, TITLES, worded
from tests.conftest import REVIEWS
from tests.ui.conftest import button, words
from tests.ui.pages.data.conftest import field, typed

RICH = """id,text,llm_a,llm_b,votes_no,votes_yes,n_annotators,confidence,split,p_no,p_yes
1,the first text,yes,no,1,2,3,0.9,train,0.2,0.8
2,the second text,no,no,3,0,3,0.8,train,0.7,0.3
3,the third text,yes,yes,0,3,3,0.7,test,0.1,0.9
4,the fourth text,no,yes,2,1,3,0.6,test,0.6,0.4
"""
TAGGED = """id,text,tags
1,the first text,a|b
2,the second text,
3,the third text,b
4,the fourth text,a
"""


def test_every_field_has_a_name():
    assert set(TITLES) == set(Columns().as_json())
    assert set(MAIN) <= set(TITLES)


def test_guesses_are_shown_with_their_reasons(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    chosen = {each.label: each.value for each in page.selectbox}
    assert chosen["Text"] == "text"
    assert chosen["Label to audit"] == "label"
    assert chosen["Sample id"] == "id"
    assert field(page, "multiselect", "Slices: where errors may clump").value == ["source"]
    said = words(page)
    assert "Guessed: by its name and its cells." in said
    assert "Slices: where errors may clump: source (few different values" in said
    assert "the label column holds two values: no, yes" in said


def test_a_reason_goes_with_its_guess(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    assert "Guessed: every row has a value of its own." in words(page)
    field(page, "selectbox", "Sample id").set_value("").run()
    assert "Guessed: every row has a value of its own." not in words(page)


def test_soft_labels_of_an_export_go_with_its_label(empty, write, predicted):
    page = typed(empty, write(predicted.export().path.read_bytes(), "exported.csv"))
    soft, weight = ["target_no", "target_yes"], "weight"

    def chosen(label: str) -> tuple[list[str], str]:
        field(page, "selectbox", "Label to audit").set_value(label).run()
        return (
            field(page, "multiselect", "Soft label").value,
            field(page, "selectbox", "Loss weight, 0 to leave out").value,
        )

    assert chosen("hard_label") == (soft, weight)
    assert chosen("label") == ([], "")
    assert chosen("hard_label") == (soft, weight)


def test_every_role_is_guessed_and_loaded(empty, write, tmp_path):
    page = typed(empty, write(RICH, "rich.csv"))
    assert field(page, "multiselect", "Votes per class").value == ["votes_no", "votes_yes"]
    assert field(page, "multiselect", "Ready-made probabilities").value == ["p_no", "p_yes"]
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/rich")
    assert space.data.columns == Columns(
        text="text", label="llm_a", id="id", annotators=("llm_b",), confidence="confidence",
        split="split", votes=("votes_no", "votes_yes"), voters="n_annotators",
        probabilities=("p_no", "p_yes"),
    )  # fmt: skip
    assert space.opinions.current == "rich"


def test_empty_multilabel_cells_are_no_class_at_all(empty, write, tmp_path):
    page = typed(empty, write(TAGGED, "tagged.csv"))
    assert field(page, "multiselect", "Cells that mean no class at all").value == [""]
    assert "labels hold several names joined by |" in words(page)
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/tagged")
    assert space.dataset.given.tolist() == [[1, 1], [0, 0], [0, 1], [1, 0]]


def test_cells_can_mean_no_label(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS.replace("web\n2", "web\n9,what,n/a,web\n2"), "r.csv"))
    field(page, "multiselect", "Cells that mean no label").set_value(["n/a"]).run()
    button(page, "Load").click().run()
    report = Workspace(tmp_path / "home/r").data.report
    assert report.class_counts == {"no": 2, "yes": 4}
    assert len(report.quarantined) == 1


def test_classes_can_be_put_in_order(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_area", "Classes in order, one per line").set_value("yes\n no \n\n").run()
    button(page, "Load").click().run()
    assert Workspace(tmp_path / "home/reviews").dataset.classes == ("yes", "no")


def test_the_last_mapping_is_offered_and_can_be_guessed_anew(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "selectbox", "Sample id").set_value("").run()
    button(page, "Load").click().run()
    page.toggle[0].set_value(True).run()
    page = typed(page, write(REVIEWS + "8,one more,no,web\n", "more.csv"))
    assert "As in the last file that had these columns." in words(page)
    assert field(page, "selectbox", "Sample id").value == ""
    button(page, "Guess anew").click().run()
    assert field(page, "selectbox", "Sample id").value == "id"
    assert "Guessed: every row has a value of its own." in words(page)


def test_values_in_words():
    assert worded(("", "a")) == "(empty), a"
    assert worded({"Yes": "yes"}) == "“Yes” as “yes”"
    assert worded("x") == "x"
    assert worded(False) == ""
