from __future__ import annotations

from dataclasses import replace

import numpy as np

from labelviz.core.queue import Queue
from labelviz.tables import keep
from tests.conftest import decision_of
from tests.ui.conftest import button, words


def with_relation(workspace, relation):
    """The probabilities in use, said to stand so to the training samples."""
    known = workspace.probabilities()
    workspace._add_probabilities(
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
    assert started == [["flag", str(predicted.path)]]


def test_flags_are_counted_with_their_share_and_review(open_page, flagged):
    suspicion = flagged.suspicion
    rows = np.flatnonzero(suspicion.flagged)
    assert len(rows) == 2
    flagged.decide(decision_of("one", flagged.dataset.ids[rows[0]], label=("yes",)))
    flagged.decide(decision_of("two", "5", label=("yes",)))
    said = words(open_page("overview", flagged.path))
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


def test_flags_of_other_probabilities_are_said_to_be(open_page, flagged, started):
    page = open_page("overview", with_relation(flagged, "out-of-fold").path)
    assert "The flags were made with other probabilities" in words(page)
    button(page, "Find wrong labels").click().run()
    assert started == [["flag", str(flagged.path)]]


def test_a_cell_of_the_matrix_leads_to_its_samples(open_page, flagged, gone, click):
    click("matrix", 1, 1)
    open_page("overview", flagged.path)
    assert gone == [("review", Queue(show="all", given="no", predicted="yes"))]


def test_a_bar_of_suspicion_leads_to_its_samples(open_page, flagged, gone, click):
    click("suspicion", 2, 19)
    open_page("overview", flagged.path)
    assert gone == [("review", Queue(show="all", low=0.95, high=1.0))]


def test_a_bar_of_a_slice_leads_to_its_samples(open_page, flagged, gone, click):
    click("in source", 1, 0)
    open_page("overview", flagged.path)
    (_, queue) = gone[0]
    assert (queue.show, queue.slice) == ("all", "source")
    assert queue.value in {"web", "app"}


def test_a_bar_of_a_class_leads_to_its_samples(open_page, workspace, gone, click):
    click("class mass", 2, 1)
    open_page("overview", workspace.path)
    assert gone == [("review", Queue(show="all", given="yes"))]


def test_names_from_data_are_never_markup(open_page, write, tmp_path):
    from labelviz.tables.columns import Columns
    from labelviz.workspace import Workspace

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
        first * 0.9, first, data.given, strings([""] * len(data)), ("x",), data.fingerprint, "p"
    )
    keep.write_suspicion(space.path / "suspicion/p.parquet", data.ids, suspicion)
    space._change_state(suspicion="p")


def test_what_was_checked_and_what_was_not(open_page, flagged):
    said = words(open_page("overview", flagged.path))
    assert "model, 0 s" in said
    assert "Not checked: annotators. Nobody else labelled these samples." in said
    assert "A suspicion is a relative score" in said


def test_how_many_are_wrong_is_an_interval(open_page, flagged):
    page = open_page("overview", flagged.path)
    said = words(page)
    assert "Wrong labels, estimated" in said
    assert "by the model alone" in said
    assert "How many are wrong?" in said
    tables = [frame.value for frame in page.dataframe]
    assert any("95 % interval" in table.columns for table in tables)


def test_in_sample_probabilities_estimate_nothing(open_page, predicted):
    said = words(open_page("overview", with_relation(predicted, "in-sample").path))
    assert "How many are wrong?" not in said


def test_new_reviews_can_be_learned_from(open_page, flagged, started, monkeypatch):
    assert "newer than the flags" not in words(open_page("overview", flagged.path))
    monkeypatch.setattr("labelviz.ui.components.checked.EVERY", 1)
    flagged.decide(decision_of("one", "5", label=("yes",)))
    page = open_page("overview", flagged.path)
    assert "1 reviews are newer than the flags." in words(page)
    button(page, "Learn from the reviews").click().run()
    assert started == [["flag", str(flagged.path)]]
