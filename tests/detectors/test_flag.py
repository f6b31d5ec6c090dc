from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.evidence import Embeddings, Evidence, NotChecked, TrainingLog, Verdicts
from labelviz.core.settings import FlagLine
from labelviz.detectors.flag import BESIDE, NAMES, _suggested, flag
from labelviz.detectors.fusion import Fused
from labelviz.errors import LabelsRefused, ProbabilitiesRefused, StepMissing
from tests.conftest import dataset_of, probabilities_of
from tests.detectors.conftest import evidence_of, rich

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_everything_that_can_run_runs_and_the_rest_says_why():
    evidence, began = rich(), time.perf_counter()
    found = flag(evidence)
    took = time.perf_counter() - began
    assert set(found.detectors) == set(NAMES) - {"transitivity", "label rules", "soft labels"}
    silent = {"transitivity", "label rules", "soft labels"}
    assert {each.detector for each in found.not_checked} == silent
    assert set(found.seconds) == {*NAMES, "fusion", "texts"}
    assert all(each >= 0 for each in found.seconds.values())
    assert sum(found.seconds.values()) <= took
    assert [each.kind for each in found.issues] == ["near-duplicates"]
    assert found.dataset == evidence.dataset.judged
    assert not found.calibrated
    worst = found.worst_first()[0]
    assert "\n" in found.reasons[worst]
    assert sum(found.shares(worst).values()) == pytest.approx(1)


def test_reasons_against_the_label_stand_before_those_for_it():
    evidence = rich()
    found = flag(evidence)
    said = [found.told_apart(row) for row in range(len(evidence.dataset))]
    model = "The model gives the given label"
    assert any(line.startswith(model) for _, supporting in said for line in supporting)
    assert not any(line.startswith(model) for against, _ in said for line in against)
    assert all(
        "\n".join((*against, *supporting)) == found.reasons[row]
        for row, (against, supporting) in enumerate(said)
    )


def test_flags_are_contradicted_and_suggest_something_else():
    found = flag(rich(n=200))
    assert found.flagged.any()
    given = rich(n=200).dataset.given
    assert (found.suggested[found.flagged] != given[found.flagged]).all()


def test_of_several_labels_the_flagged_cells_are_turned_round():
    evidence = rich(n=200, many=True)
    found = flag(evidence)
    changed = (found.suggested != evidence.dataset.given).any(axis=1)
    assert changed.tolist() == found.flagged.tolist()
    assert found.flagged.any()
    assert np.isin(found.suggested, (0, 1)).all()


@pytest.mark.parametrize("many", [False, True])
def test_flagged_is_what_lies_on_the_line_or_above_it(many: bool):
    evidence = rich(n=200, many=many)
    plain = flag(evidence)
    assert plain.line == FlagLine()
    assert plain.flagged.tolist() == (plain.score >= 0.5).tolist()
    for line in (FlagLine(threshold=0.2), FlagLine(threshold=0.9), FlagLine(at_most=7)):
        found = flag(evidence, line=line)
        assert found.line == line
        assert found.score.tolist() == plain.score.tolist()
        highest = found.score[~found.flagged].max()
        assert (found.score[found.flagged] >= max(line.threshold, highest)).all()
        changed = found.suggested != evidence.dataset.given
        assert (changed.any(axis=1) if many else changed)[found.flagged].all()
    assert flag(evidence, line=FlagLine(at_most=7)).flagged.sum() == 7
    assert not flag(evidence, line=FlagLine(threshold=1.0)).flagged.any()


def test_chosen_detectors_run_alone():
    found = flag(rich(), only=["neighbours"])
    assert found.detectors == ("neighbours",)
    assert found.not_checked == ()
    opinion = BESIDE["neighbours"](rich()).opinion
    rows, given = np.arange(60), rich().dataset.given
    own, rest = opinion[rows, given], opinion.copy()
    rest[rows, given] = 0
    assert found.score == pytest.approx(rest.max(axis=1) / (rest.max(axis=1) + own))
    stated = flag(rich(), only=["stated confidence"])
    assert stated.score == pytest.approx(stated.scores["stated confidence"])
    both = flag(rich(), only=["stated confidence", "contradictions"])
    assert set(both.detectors) == {"stated confidence", "contradictions"}
    assert both.chosen == ("stated confidence", "contradictions")
    assert both.seconds["texts"] == 0
    assert both.issues == ()


def test_what_reviewers_met_in_a_slice_is_the_first_reason():
    evidence = rich(n=120)
    place = strings(["mall", "park"][row % 2] for row in range(120))
    data = replace(evidence.dataset, slices={"place": place})
    settled = np.where(np.arange(120) < 60, np.arange(120) % 2 == 0, np.nan)
    verdicts = Verdicts(settled, np.zeros(120, dtype=bool))
    found = flag(replace(evidence, dataset=data, verdicts=verdicts))
    assert found.learned.tolist() == verdicts.outcomes.tolist() == [1, 0] * 30 + [MISSING] * 60
    assert flag(evidence).learned is None
    said = str(found.reasons[100]).splitlines()[0]
    assert said == (
        "In place “mall” 30 of 30 reviewed were wrong, against 50% of all reviewed; the queue "
        "chose most of them."
    )


def reviewed(evidence, truth, count):
    """The same evidence after verdicts on its most suspicious samples, and one in ten at random."""
    wrong = truth != evidence.dataset.given
    rng, settled = np.random.default_rng(0), np.full(len(wrong), np.nan)
    while (step := count - int((~np.isnan(settled)).sum())) > 0:
        evidence = replace(evidence, verdicts=Verdicts(settled.copy(), np.zeros(len(wrong), bool)))
        waiting = np.flatnonzero(np.isnan(settled))
        top = waiting[np.argsort(-flag(evidence).score[waiting], kind="stable")]
        rows = np.concatenate([top[: min(step, 22)], rng.choice(waiting, min(step, 3))])
        settled[rows] = wrong[rows]
    return replace(evidence, verdicts=Verdicts(settled, np.zeros(len(wrong), bool)))


def test_flags_that_prove_right_do_not_wither():
    rng = np.random.default_rng(1)
    truth, wrong = rng.integers(0, 2, 800), rng.random(800) < 0.1
    logits = 4 * np.eye(2)[truth] + 1.5 * rng.normal(size=(800, 2))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = np.where(wrong, 1 - truth, truth)
    after = reviewed(evidence_of(dataset_of(given.tolist()), p), truth, 50)
    found = flag(after)
    assert found.flagged[~after.verdicts.settled & wrong].mean() > 0.8
    assert (found.flagged == (found.score >= 0.5)).all()


def test_after_reviews_too_a_flag_suggests_something_else():
    evidence = rich(n=600)
    after = reviewed(evidence, np.resize(np.arange(3), 600), 25)
    found = flag(after)
    assert found.flagged.any()
    assert (found.suggested[found.flagged] != evidence.dataset.given[found.flagged]).all()


def test_a_detector_that_does_not_exist_is_refused():
    with pytest.raises(StepMissing, match="no detector called 'crystal ball'") as refused:
        flag(rich(), only=["crystal ball"])
    assert "neighbours, " in refused.value.remedy


def test_when_none_can_run_it_says_why():
    words = (
        "^None of the chosen detectors could run: annotators: Nobody else labelled these samples"
    )
    with pytest.raises(StepMissing, match=words):
        flag(evidence_of(dataset_of([0, 1])), only=["annotators"])


TWO = dataset_of([0, 1])
PAIRS = dataset_of([0, 1], texts=[["a", "b"], ["c", "d"]])
CELLS = dataset_of([[1, 0], [0, 1]], ("a", "b"))
SURE = dataset_of([0, 1], confidence=np.array([0.9, 0.9]))
EVEN = [[0.5, 0.5]] * 2
TWO_TEXTS = Embeddings(np.eye(2, dtype=np.float32), (np.arange(2),), "test")


@pytest.mark.parametrize(
    ("name", "evidence", "why"),
    [
        ("neighbours", evidence_of(TWO), "There are no embeddings of the texts."),
        (
            "neighbours",
            evidence_of(TWO, embeddings=TWO_TEXTS),
            "Fewer than 11 samples have a label.",
        ),
        ("training dynamics", evidence_of(TWO), "No training on these labels was logged."),
        (
            "training dynamics",
            evidence_of(TWO, log=TrainingLog(np.zeros((1, 2, 2)), "run")),
            "The training log has fewer than two checkpoints.",
        ),
        ("annotators", evidence_of(TWO), "Nobody else labelled these samples."),
        ("crowdlab", evidence_of(CELLS, EVEN), "CROWDLAB is for samples with a single label."),
        ("crowdlab", evidence_of(TWO), "No sample was labelled by anybody else."),
        ("stated confidence", evidence_of(TWO), "No column of stated confidence was named."),
        (
            "stated confidence",
            evidence_of(SURE),
            "Every label was stated with the same confidence.",
        ),
        ("contradictions", evidence_of(TWO), "No two samples say the same."),
        ("transitivity", evidence_of(TWO), "It takes pairs of texts that match or do not."),
        ("transitivity", evidence_of(PAIRS), "No three records are connected by three pairs."),
        ("label rules", evidence_of(TWO), "Rules between labels take samples with several labels."),
        ("label rules", evidence_of(CELLS, EVEN), "No rule between labels holds often enough."),
        ("slices", evidence_of(dataset_of([1, 1])), "All given labels are alike."),
    ],
)  # fmt: skip
def test_what_cannot_run_says_why(name: str, evidence: Evidence, why: str):
    assert BESIDE[name](evidence) == NotChecked(name, why)


def test_progress_counts_the_detectors_and_what_follows_them():
    told: list[tuple[int, int, str]] = []
    flag(rich(), ["neighbours", "contradictions"], lambda *said: told.append(said))
    assert told == [(1, 3, "detectors"), (2, 3, "detectors"), (3, 3, "detectors")]


# Degenerate inputs


@pytest.mark.bad_input("D11")
@pytest.mark.parametrize(
    "labels", [[0, 0, 0], [MISSING] * 3, [[1, 1], [1, 1], [1, 1]], [[0, 0], [0, 0], [0, 0]]]
)
def test_labels_that_are_all_alike_are_refused(labels):
    with pytest.raises(LabelsRefused, match="All given labels are alike") as refused:
        flag(evidence_of(dataset_of(labels), [[0.2, 0.8]] * 3))
    assert "label column" in refused.value.remedy


@pytest.mark.bad_input("D12", "D13")
def test_a_class_with_one_sample_and_one_with_none():
    rng = np.random.default_rng(0)
    given = np.array([0, 1] * 30 + [2])
    found = flag(evidence_of(dataset_of(given, ("a", "b", "c", "d")), rng.dirichlet([1] * 4, 61)))
    assert np.isfinite(found.score).all()


def test_two_rows():
    found = flag(evidence_of(dataset_of([0, 1]), [[0.9, 0.1], [0.8, 0.2]]))
    assert found.score == pytest.approx([0.1, 0.8])


@pytest.mark.parametrize("many", [False, True])
def test_all_right_and_all_wrong(many: bool):
    given = np.array([[0, 1], [1, 0]] * 20) if many else np.arange(40) % 2
    hot = given if many else np.eye(2)[given]
    right = flag(evidence_of(dataset_of(given), np.clip(hot, 0.02, 0.98)))
    assert not right.flagged.any()
    assert (right.score < 0.1).all()
    wrong = flag(evidence_of(dataset_of(given), np.clip(1 - hot, 0.02, 0.98)))
    assert wrong.flagged.all()
    assert (wrong.score > 0.9).all()


def test_certainty_is_no_obstacle():
    given = np.arange(40) % 2
    p = np.eye(2)[given]
    p[0] = 1 - p[0]
    found = flag(evidence_of(dataset_of(given), p))
    assert found.worst_first()[0] == 0
    assert np.isfinite(found.score).all()


def test_missing_labels_get_no_suspicion():
    evidence = rich()
    given = evidence.dataset.given.copy()
    given[::3] = MISSING
    data = replace(evidence.dataset, given=given)
    found = flag(replace(evidence, dataset=data))
    assert (found.score[::3] == 0).all()
    assert not found.flagged[::3].any()
    assert (found.suggested[::3] == MISSING).all()


def test_soft_given_labels_are_judged_by_their_class():
    evidence = rich()
    soft = np.full((60, 3), 0.1)
    soft[np.arange(60), evidence.dataset.given] = 0.8
    data = replace(evidence.dataset, soft=soft)
    assert flag(replace(evidence, dataset=data)).score.tolist() == flag(evidence).score.tolist()


@pytest.mark.bad_input("F04")
def test_probabilities_that_are_none_are_refused():
    data = dataset_of([0, 1])
    with pytest.raises(ProbabilitiesRefused, match="no probabilities"):
        probabilities_of(data, [[np.nan, np.nan], [0.5, 0.5]])


def test_of_several_labels_every_cell_half_as_doubtful_as_the_worst_is_turned_round():
    data = dataset_of([[1, 0, 1], [1, 0, 1], [1, 0, 0]], ("a", "b", "c"))
    rival = np.array([[0.9, 0.3, 0.45], [0.2, 0.05, 0.0], [0.9, 0.9, 0.9]])
    fused = Fused(rival.max(axis=1), rival, {})
    turned = _suggested(data, fused, np.array([True, True, False]))
    assert turned.tolist() == [[0, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert _suggested(data, replace(fused, rival=0 * rival), np.ones(3, dtype=bool)).tolist() == (
        data.given.tolist()
    )
