from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.evidence import control_order
from labelviz.core.files import write_json
from labelviz.core.queue import Queue
from labelviz.detectors import flag as flagging
from labelviz.errors import (
    FlagsRefused,
    StepMissing,
    WorkspaceRefused,
)
from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from tests.conftest import OPINION, REVIEWS, assert_message, decision_of
from tests.project.conftest import BY, COLUMNS, Write, decide, in_groups


def test_flags_of_a_dataset_that_was_replaced_meanwhile_are_refused_and_not_in_use(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    find = flagging.flag

    def meanwhile(*arguments: object) -> object:
        Workspace(predicted.path).load(other, COLUMNS, replace=True)
        return find(*arguments)

    monkeypatch.setattr(flagging, "flag", meanwhile)
    with pytest.raises(WorkspaceRefused) as refused:
        predicted.flag()
    assert_message(refused.value, "replaced while", "project", "new dataset is", "labelviz flag")
    assert predicted.suspicion is None
    assert not list(predicted.path.glob("suspicion/*"))


def test_flags_need_probabilities(workspace: Workspace):
    assert workspace.suspicion is None
    with pytest.raises(StepMissing) as refused:
        workspace.flag()
    assert_message(
        refused.value, "no probabilities for this dataset yet", remedy="labelviz predict",
        where=str(workspace.path),
    )  # fmt: skip


def test_flags_are_found_and_kept(predicted: Workspace):
    found = predicted.flag()
    assert predicted.dataset.ids[found.worst_first()[:2]].tolist() == ["3", "6"]
    assert np.flatnonzero(found.flagged).tolist() == [2, 5]
    again = Workspace(predicted.path).suspicion
    assert again is not None
    assert again.score.tolist() == found.score.tolist()
    assert again.reasons.tolist() == found.reasons.tolist()
    assert again.probabilities == "opinion"


def test_what_the_model_predicts_obeys_the_thresholds_wherever_it_is_asked(predicted: Workspace):
    asked = Queue(show="all", sort="file", predicted="yes")
    assert set(predicted.queues.waiting(asked)) == {"6", "5", "4", "007"}
    before = predicted.findings.predicted_noise()
    predicted.goals.cuts.use({"yes": 0.85})
    assert set(predicted.queues.waiting(asked)) == {"6", "007"}
    after = predicted.findings.predicted_noise()
    assert before is not None
    assert after is not None
    assert (before.counts.sum(axis=0).tolist(), after.counts.sum(axis=0).tolist()) == (
        [2, 4], [4, 2],
    )  # fmt: skip
    assert set(predicted.queues.waiting(replace(asked, predicted="no"))) == {"5", "4", "3", "2"}


def test_thresholds_count_in_the_next_flags(predicted: Workspace):
    before = predicted.flag()
    assert before.thresholds == ()
    assert not predicted.findings.old_thresholds
    predicted.goals.cuts.use({"yes": 0.97})
    assert predicted.findings.old_thresholds
    after = predicted.flag()
    assert after.thresholds == (0.5, 0.97)
    row = predicted.dataset.rows["007"]
    assert after.flagged[row] > before.flagged[row]
    again = Workspace(predicted.path).findings
    assert again.suspicion is not None
    assert again.suspicion.thresholds == after.thresholds
    assert not again.old_thresholds
    predicted.goals.cuts.use({"yes": 0.97, "no": 0.1})  # of two classes that of the second counts
    assert not predicted.findings.old_thresholds
    predicted.goals.cuts.use({})
    assert predicted.findings.old_thresholds
    predicted.flag()
    predicted.goals.cuts.use({"yes": 0.5})
    assert not predicted.findings.old_thresholds


def test_flags_of_another_version_count_as_none_until_there_are_new_ones(predicted: Workspace):
    predicted.flag()
    predicted.decide(decision_of("one", "3", label=("yes",)))
    path = predicted.path / "suspicion/opinion.parquet"
    keep.write_columns(path, keep.read_columns(path))  # as it was when it did not say what made it
    assert predicted.suspicion is None
    assert predicted.findings.refused is not None
    with pytest.raises(FlagsRefused):
        predicted.queues.waiting(Queue())
    assert len(predicted.queues.waiting(Queue(show="unreviewed"))) == 5
    predicted.flag()
    assert predicted.suspicion is not None
    assert predicted.findings.refused is None
    assert predicted.decisions.statuses.count("kept") == 1


def test_flags_tell_what_was_not_checked_and_keep_it(predicted: Workspace):
    predicted.flag(["model", "annotators"])
    again = Workspace(predicted.path).suspicion
    assert again is not None
    assert again.detectors == ("model",)
    assert [each.detector for each in again.not_checked] == ["annotators"]
    assert set(again.parts) == set(again.scores) == {"model"}


def test_a_model_alone_has_no_rate_and_its_labels_are_shown_as_its_own(predicted: Workspace):
    assert predicted.findings.error_rates() is None
    noise = predicted.findings.predicted_noise()
    assert noise is not None
    assert noise.counts.tolist() == [[1, 1], [1, 3]]


def test_error_rates_are_the_reviewers_once_they_reviewed_enough_at_random(tmp_path, write: Write):
    rows = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(60))
    space = Workspace.create(tmp_path / "space")
    space.load(write(f"text,label\n{rows}"), Columns("text", "label"))
    drawn = [str(space.dataset.ids[row]) for row in control_order(60)[:31]]
    for number, sample in enumerate(drawn[:29]):
        given = space.dataset.label_names(space.dataset.given, space.dataset.rows[sample])
        decide(space, f"{number}", sample, "keep", label=given)
    assert space.findings.error_rates() is None
    assert (space.decisions.drawn.drawn, space.decisions.drawn.wrong) == (29, 0)
    decide(space, "29", drawn[30], "keep", label=("a",))  # not the next of the controls
    assert space.findings.error_rates() is None
    given = space.dataset.label_names(space.dataset.given, space.dataset.rows[drawn[29]])[0]
    other = {"a": "b", "b": "a"}[given]
    decide(space, "30", drawn[29], "choose", label=(other,))
    found = space.findings.error_rates()
    assert found is not None
    assert (found.overall.drawn, found.overall.total, found.overall.waiting) == (31, 60, 29)
    assert space.findings.error_rates() is found
    assert found.noise.counts.sum() == 31
    assert found.noise.counts["ab".index(given), "ab".index(other)] >= 1


def test_flags_and_probabilities_stay_where_slices_alone_change(tmp_path: Path, write: Write):
    file, space = in_groups(write), Workspace.create(tmp_path / "slices")
    space.load(file, replace(BY, slices=("source",)))
    space.opinions.cross_validate()
    flags = space.flag()
    space.load(file, replace(BY, slices=("by",)))
    assert space.suspicion is not None
    assert space.suspicion.fingerprint == flags.fingerprint
    assert space.opinions.current == "cross-validation"


def test_what_a_program_said_counts_on_when_flags_are_made_anew(predicted: Workspace):
    doubt = np.linspace(0, 1, 6)
    first = predicted.findings.flag(own={"mine": lambda *_: doubt})
    assert "mine" in first.detectors
    again = predicted.findings.flag()
    assert again.detectors == first.detectors
    assert again.score.tolist() == first.score.tolist()
    assert again.scores["mine"].tolist() == doubt.tolist()
    assert "“mine” doubts the label by 1.00." in str(again.reasons[5])
    assert "mine" not in predicted.findings.flag(["model"]).detectors


def test_what_reviewers_were_asked_outlives_flags_of_other_slices(
    predicted: Workspace, write: Write
):
    flags = predicted.flag()
    sample = str(predicted.dataset.ids[int(np.flatnonzero(flags.flagged)[0])])
    decide(predicted, "one", sample, "choose", label=("no",))
    reloaded = "\n".join([*REVIEWS.splitlines()[:1], *reversed(REVIEWS.splitlines()[1:])])
    predicted.load(write(reloaded, "again.csv"), replace(COLUMNS, slices=()), replace=True)
    predicted.opinions.read_file(write(OPINION, "more.csv"))
    asked = predicted.flag().asked
    assert asked is not None
    assert asked[predicted.dataset.rows[sample]]


def test_a_workspace_from_before_the_content_was_noted_opens_with_its_flags(predicted: Workspace):
    predicted.flag()
    name = predicted.folder.state["suspicion"]
    old = replace(keep.read_suspicion(predicted.path / f"suspicion/{name}.parquet"),
                  dataset=predicted.dataset.fingerprint)  # fmt: skip
    keep.write_suspicion(predicted.path / f"suspicion/{name}.parquet", predicted.dataset.ids, old)
    about = json.loads((predicted.path / "data/1/dataset.json").read_text())
    write_json(
        predicted.path / "data/1/dataset.json", {k: v for k, v in about.items() if k != "content"}
    )
    opened = Workspace(predicted.path)
    assert opened.suspicion is not None
    write_json(predicted.path / "data/1/dataset.json", about)
    assert opened.suspicion is None


def test_verdicts_are_evidence(predicted: Workspace):
    assert predicted.findings.evidence().verdicts is None
    ids = predicted.dataset.ids
    given = [predicted.dataset.label_names(predicted.dataset.given, row)[0] for row in range(4)]
    other = {"yes": "no", "no": "yes"}
    predicted.decide(decision_of("a", ids[0], label=(given[0],)))
    predicted.decide(decision_of("b", ids[1], "choose", label=(other[given[1]],)))
    target = {given[2]: 0.3, other[given[2]]: 0.7}
    predicted.decide(decision_of("c", ids[2], "soften", target=target))
    predicted.decide(decision_of("d", ids[3], "unsure"))
    verdicts = predicted.findings.evidence().verdicts
    assert verdicts is not None
    assert verdicts.wrong[:3].tolist() == [0, 1, 1]
    assert not verdicts.settled[3:].any()


def test_verdicts_are_new_to_the_flags_by_what_stands(predicted: Workspace):
    ids = predicted.dataset.ids

    def decide(operation: str, row: int, verdict: str = "keep", label: str = "yes") -> None:
        predicted.decide(decision_of(operation, str(ids[row]), verdict, label=(label,)))

    assert predicted.findings.new_verdicts == 0  # there are no flags that could know
    decide("a", 0)
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.findings.new_verdicts) == (1, 0)
    decide("b", 1)
    decide("c", 2)
    assert predicted.findings.new_verdicts == 2
    predicted.decisions.undo("ann")
    assert predicted.findings.new_verdicts == 1
    predicted.decide(decision_of("d", str(ids[3]), "unsure"))
    assert predicted.findings.new_verdicts == 1  # which settles nothing
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.findings.new_verdicts) == (2, 0)
    decide("e", 0, "choose", "no")
    assert predicted.findings.new_verdicts == 1  # learned otherwise
    for _ in range(3):
        predicted.decisions.undo("ann")
    assert predicted.review.samples == {ids[0]}
    assert (
        predicted.findings.new_verdicts == 1
    )  # what was learned of the second sample stands no more
    predicted.decisions.undo("ann")
    assert predicted.findings.new_verdicts == 2
    assert Workspace(predicted.path).findings.new_verdicts == 2
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.findings.new_verdicts) == (0, 0)


@pytest.mark.bad_input("C13")
def test_flags_and_probabilities_of_another_dataset_are_stale(predicted: Workspace, write: Write):
    predicted.flag()
    changed = write(REVIEWS.replace("good film", "fine film"), "changed.csv")
    predicted.load(changed, COLUMNS, replace=True)
    assert predicted.suspicion is None
    assert predicted.opinions.current is None
    assert predicted.opinions.names == ()
    with pytest.raises(StepMissing):
        predicted.flag()
    predicted.load(write(REVIEWS), COLUMNS, replace=True)
    assert predicted.suspicion is not None
    assert predicted.opinions.current == "opinion"
