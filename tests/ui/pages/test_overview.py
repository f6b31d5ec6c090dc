from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from labelviz.charts.class_mass import ClassMass
from labelviz.core.evidence import control_order
from labelviz.core.files import write_json
from labelviz.core.queue import Queue
from labelviz.core.settings import FlagLine
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag
from labelviz.reviewing import Refit, Shared
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from labelviz.ui import sitting
from labelviz.ui.pages import overview
from tests.conftest import OPINION, decision_of
from tests.ui.conftest import button, words


def with_relation(workspace, relation):
    """The probabilities in use, said to stand so to the training samples."""
    known = workspace.opinions.probabilities()
    workspace.opinions.add(
        relation, replace(known, provenance=replace(known.provenance, relation=relation))
    )
    return workspace


def test_without_a_workspace_the_way_leads_to_data(open_page, tmp_path, gone):
    page = open_page("overview", tmp_path / "nothing")
    assert "No data is loaded yet." in words(page)
    button(page, "Load a file").click().run()
    assert gone == [("data",)]


def test_without_probabilities_nothing_counts_as_checked(open_page, workspace, gone):
    page = open_page("overview", workspace.path)
    said = words(page)
    assert "Not checked: there are no probabilities yet." in said
    assert "not checked yet" in said
    assert "0 labels" not in said
    button(page, "Get probabilities").click().run()
    assert gone == [("data",)]


def test_without_flags_a_button_looks_for_them(open_page, predicted, started):
    page = open_page("overview", predicted.path)
    assert "Not checked: nobody has looked for wrong labels" in words(page)
    button(page, "Find wrong labels").click().run()
    assert started == [Flag()]


def test_flags_of_another_version_are_made_anew_with_the_button(open_page, outdated, started):
    page = open_page("overview", outdated.path)
    assert "The flags were made by another version of labelviz" in words(page)
    assert "not checked yet" in words(page)
    button(page, "Find wrong labels").click().run()
    assert started == [Flag()]


def test_flags_are_counted_with_their_share_and_review(open_page, space):
    suspicion = space.suspicion
    rows = np.flatnonzero(suspicion.flagged)
    assert len(rows) == 2
    space.decide(decision_of("one", space.dataset.ids[rows[0]], label=("yes",)))
    space.decide(decision_of("two", "5", label=("yes",)))
    said = words(open_page("overview", space.path))
    assert "33.3% of all samples" in said
    assert '">1</div>' in said
    assert "of 2 flagged" in said
    assert "2 labels are flagged" in said


def test_in_sample_probabilities_are_a_prominent_warning(open_page, predicted):
    said = words(open_page("overview", with_relation(predicted, "in-sample").path))
    assert 'role="alert"' in said
    assert "The model was trained on these samples" in said


def test_out_of_fold_probabilities_are_no_warning(open_page, predicted):
    said = words(open_page("overview", with_relation(predicted, "out-of-fold").path))
    assert 'role="alert"' not in said
    assert "out-of-fold" in said


def test_flags_of_other_thresholds_are_said_to_be(open_page, space):
    space.goals.cuts.use({"yes": 0.6})
    assert "The flags were made with other thresholds" in words(open_page("overview", space.path))


def test_flags_of_other_probabilities_are_said_to_be(open_page, space, started):
    page = open_page("overview", with_relation(space, "out-of-fold").path)
    assert "The flags were made with other probabilities" in words(page)
    button(page, "Find wrong labels").click().run()
    assert started == [Flag()]


def test_a_cell_of_the_matrix_leads_to_its_samples(open_page, space, gone, click):
    click("noise", 1, 1)
    open_page("overview", space.path)
    assert gone == [("review", Queue(show="all", given="no", predicted="yes"))]


def test_a_bar_of_suspicion_leads_to_its_samples(open_page, space, gone, click):
    click("suspicion", 2, 19)
    open_page("overview", space.path)
    assert gone == [("review", Queue(show="all", low=0.95, high=1.0))]


def test_a_bar_of_a_slice_leads_to_its_samples(open_page, space, gone, click):
    click("in source", 1, 0)
    open_page("overview", space.path)
    (_, queue) = gone[0]
    assert (queue.show, queue.slice) == ("all", "source")
    assert queue.value in {"web", "app"}


def test_a_bar_of_a_class_leads_to_its_samples(open_page, workspace, gone, click):
    click("class mass", 2, 1)
    open_page("overview", workspace.path)
    assert gone == [("review", Queue(show="all", given="yes"))]


def test_names_from_data_are_never_markup(open_page, write, tmp_path):
    space = Workspace.create(tmp_path / "hostile")
    name = "<img src=x onerror=alert(1)>"
    rows = "".join(f"text {n},{name if n % 2 else '$a$'},**b**\n" for n in range(6))
    space.load(
        write(f"text,label,<b>s</b>\n{rows}"), Columns("text", "label", slices=("<b>s</b>",))
    )
    keep_flags(space)
    said = words(open_page("overview", space.path))
    assert "<img" not in said
    assert "<b>" not in said
    assert "&lt;b&gt;s&lt;/b&gt;" in said


def keep_flags(space):
    """Flag the first sample, as a detector would."""
    from labelviz.core.arrays import strings
    from labelviz.core.suspicion import Suspicion

    data = space.dataset
    first = np.arange(len(data)) == 0
    suspicion = Suspicion(
        first * 0.9, first, data.given, strings([""] * len(data)), ("x",), data.content, "p"
    )
    keep.write_suspicion(space.path / "suspicion/p.parquet", data.ids, suspicion)
    space.folder.change(suspicion="p")


def test_what_was_checked_and_what_was_not(open_page, space):
    said = words(open_page("overview", space.path))
    assert "model, 0 s" in said
    assert "Not checked: annotators. Nobody else labelled these samples." in said
    assert "A suspicion is a relative score" in said


def test_from_a_model_alone_no_number_of_wrong_labels_is_said(open_page, space, gone):
    page = open_page("overview", space.path)
    said = words(page)
    assert "Look wrong" in said
    assert "Not measured yet" in said
    assert "0 of 30 random samples reviewed" in said
    assert "How many are wrong?" not in said
    assert len(page.dataframe) == 0
    assert "with 95% confidence" not in said
    button(page, "Review 30 random samples").click().run()
    assert gone == [("review", Queue(show="unreviewed", sort="random"))]


def test_new_reviews_can_be_learned_from_at_once(open_page, space, started):
    assert "newer than the flags" not in words(open_page("overview", space.path))
    space.decide(decision_of("one", "5", label=("yes",)))
    page = open_page("overview", space.path)
    assert "1 review is newer than the flags" in words(page)
    button(page, "Learn from the reviews now").click().run()
    assert started == [Flag()]


def test_the_matrix_of_a_model_is_said_to_be_the_models(open_page, space):
    # The model doubts 3 and 6: one given yes, one given no.
    said = words(open_page("overview", space.path))
    assert "The model predicts 2 labels otherwise than given; it may be wrong in them." in said
    assert "more frequent" not in said


def test_the_noise_matrix_of_several_labels_goes_by_class(open_page, tagged, gone, click):
    click("noise", 1, 2)
    said = words(open_page("overview", tagged.path))
    assert "The model predicts 0 cells otherwise than given" in said
    assert gone == [("review", Queue(show="all", predicted="hotel"))]


def test_without_an_honest_model_the_matrix_says_why(open_page, workspace, write):
    why = "Not shown: there are no probabilities of a model that did not know them."
    assert why in words(open_page("overview", workspace.path))
    workspace.opinions.read_file(write(OPINION, "opinion.csv"))
    assert why in words(open_page("overview", with_relation(workspace, "in-sample").path))


def test_reviewed_controls_make_a_matrix_of_their_own(open_page, tmp_path, write):
    space = Workspace.create(tmp_path / "many")
    rows = "".join(f"{n},text {n},{'ab'[n % 2]}\n" for n in range(60))
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    opinion = "".join(f"{n},{0.9 - n % 2 * 0.8:.1f},{0.1 + n % 2 * 0.8:.1f}\n" for n in range(60))
    space.opinions.read_file(write(f"id,a,b\n{opinion}", "opinion.csv"))
    for number, row in enumerate(control_order(60)[:40]):
        said = {"label": ("b",), "on": space.dataset}
        space.decide(decision_of(str(number), str(row), "choose", **said))
    page = open_page("overview", space.path)
    wrong = sum(int(row) % 2 == 0 for row in control_order(60)[:40])
    said = words(page)
    assert f"no error is more frequent than “a” where “b” is true: {wrong} of them." in said
    assert f"{wrong} of 40 random samples were wrong, {wrong} wrong ones are known" in said
    assert "Review " not in [each.label for each in page.button]
    table = next(t for t in (each.value for each in page.dataframe) if "Wrong in all" in t)
    assert table["Random samples"].tolist() == [
        f"{wrong} of {wrong} wrong",
        f"0 of {40 - wrong} wrong",
    ]
    assert table["Wrong in all"].tolist()[0].endswith(" of 30")
    page = page.radio[0].set_value("What the model predicts").run()
    assert "The model predicts 0 labels otherwise than given" in words(page)


def test_a_job_that_went_wrong_is_told_here_and_not_on_review(open_page, space):
    folder = space.path / "jobs" / "1"
    write_json(folder / "job.json", {"command": ["flag", str(space.path)], "pid": 0})
    (folder / "exit").write_text("2")
    (folder / "output.txt").write_text("labelviz: the disk is full.")
    said = words(open_page("overview", space.path))
    assert "The labels were not checked, because this went wrong:" in said
    assert "labelviz: the disk is full." in said
    page = open_page("review", space.path)
    assert "went wrong" not in words(page)


def test_a_refit_that_could_not_start_is_told(open_page, space, monkeypatch):
    failed = Refit(lambda _: False)
    failed.failure = "No space left on device"
    monkeypatch.setattr(sitting, "shared", lambda _: Shared(failed))
    said = words(open_page("overview", space.path))
    assert "could not be learned from by themselves. No space left on device" in said


def test_without_a_training_log_there_is_no_data_map(open_page, space):
    assert "hard to learn" not in words(open_page("overview", space.path))


def test_a_region_of_the_data_map_leads_to_its_samples(open_page, logged, gone):
    page = open_page("overview", logged.path)
    assert "1 of 6 labels were hard to learn. All of them are drawn." in words(page)
    button(page, "Hard to learn: 1").click().run()
    assert gone == [("review", Queue(show="all", region="hard"))]


def test_what_is_drawn_on_the_data_map_is_reviewed(open_page, logged, gone, monkeypatch):
    lasso = {"lasso": [{"x": [0, 0.2, 0.1], "y": [0, 0.3, 0.1]}]}

    def chart(_, **settings):
        return {"selection": lasso} if settings["key"].startswith("data map") else None

    monkeypatch.setattr(st, "plotly_chart", chart)
    open_page("overview", logged.path)
    assert gone == [("review", Queue(show="all", confidence_high=0.3, variability_high=0.2))]


def test_a_class_is_called_the_largest_where_it_is():
    largest, nothing = (ClassMass(("a", "b", "c"), np.array(given), None, np.zeros(3))
                        for given in ([3.0, 2.0, 1.0], [2.0, 2.0, 1.0]))  # fmt: skip
    assert overview._mass_finding(largest) == (
        "The largest class is “a” with 50% of the given labels."
    )
    assert overview._mass_finding(nothing) == (
        "2 classes are the largest, each with 40% of the labels."
    )
    both = ClassMass(("a", "b"), np.array([6.0, 4.0]), np.array([5.0, 5.0]), np.zeros(2))
    assert overview._mass_finding(both).endswith(
        "add up to 5, the widest gap. What is true, neither says."
    )


def test_what_is_flagged_is_said_in_words_and_the_line_can_be_moved(open_page, space, started):
    page = open_page("overview", space.path)
    said = words(page)
    assert "2 labels are flagged: all with a suspicion of 0.50 or more." in said
    assert "Flagged is a label that another class is likelier than" in said
    assert next(b for b in page.button if b.label == "Flag anew").disabled
    page.number_input(key="flag line").set_value(0.8)
    page.number_input(key="flag at most").set_value(100)
    button(page.run(), "Flag anew").click().run()
    assert started == [Flag(line=FlagLine(threshold=0.8, at_most=100))]


def test_a_line_that_was_moved_is_kept_by_the_next_refit(open_page, space, started):
    space.findings.flag(line=FlagLine(threshold=0.95))
    said = words(open_page("overview", space.path))
    assert "No label has a suspicion of 0.95 or more, so none is flagged." in said
    assert "Flagged is a label" not in said
    space.decisions.decide(decision_of("one", "5", label=("yes",)))
    button(open_page("overview", space.path), "Learn from the reviews now").click().run()
    assert started == [Flag(line=FlagLine(threshold=0.95))]


def test_a_damaged_run_is_named_and_the_page_goes_on(open_page, logged):
    run = logged.path / "runs" / "torn one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{")
    (logged.path / "training-logs/later.npz").write_bytes(b"PK nothing")
    page = open_page("overview", logged.path)
    assert "1 of 6 labels were hard to learn." in words(page)
    assert "is no name for a run" in words(page)
    assert "later.npz" in words(page)
    assert not open_page("review", logged.path).exception
