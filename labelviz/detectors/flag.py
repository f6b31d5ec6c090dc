"""Flag: run every detector that can run, and make one suspicion of what they find."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Detector, Evidence, Finding, NotChecked
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FlagLine
from labelviz.core.suspicion import Suspicion
from labelviz.detectors import model_opinion
from labelviz.detectors.annotators import NAME as ANNOTATORS
from labelviz.detectors.annotators import annotators
from labelviz.detectors.beyond_labels import beyond_labels
from labelviz.detectors.contradictions import NAME as CONTRADICTIONS
from labelviz.detectors.contradictions import contradictions
from labelviz.detectors.crowdlab import NAME as CROWDLAB
from labelviz.detectors.crowdlab import crowdlab
from labelviz.detectors.fusion import REVIEWS, Fused, fuse
from labelviz.detectors.label_rules import NAME as RULES
from labelviz.detectors.label_rules import label_rules
from labelviz.detectors.neighbours import NAME as NEIGHBOURS
from labelviz.detectors.neighbours import neighbours
from labelviz.detectors.slices import NAME as SLICES
from labelviz.detectors.slices import slices
from labelviz.detectors.soft_labels import NAME as SOFT_LABELS
from labelviz.detectors.soft_labels import WHY_NOT, soft_labels
from labelviz.detectors.stated_confidence import NAME as STATED
from labelviz.detectors.stated_confidence import stated_confidence
from labelviz.detectors.training_dynamics import NAME as DYNAMICS
from labelviz.detectors.training_dynamics import training_dynamics
from labelviz.detectors.transitivity import NAME as TRANSITIVITY
from labelviz.detectors.transitivity import transitivity
from labelviz.errors import LabelsRefused, StepMissing

# Every detector beside the model's opinions, by name, in the order they run.
BESIDE: Mapping[str, Detector] = {
    NEIGHBOURS: neighbours,
    DYNAMICS: training_dynamics,
    ANNOTATORS: annotators,
    CROWDLAB: crowdlab,
    STATED: stated_confidence,
    CONTRADICTIONS: contradictions,
    TRANSITIVITY: transitivity,
    RULES: label_rules,
    SLICES: slices,
    SOFT_LABELS: soft_labels,
}
NAMES = (model_opinion.NAME, *BESIDE)
NONE_OF_OWN: Mapping[str, Detector] = MappingProxyType({})
# What takes the time to look beyond labels, and to pool what was found.
TEXTS, FUSION = "texts", "fusion"
RESERVED = ("", REVIEWS, TEXTS, FUSION)  # what else stands beside the names of detectors
# Samples, the most suspicious ones, whose reasons are put into words beside the flagged ones.
WORDED = 20_000


def flag(
    evidence: Evidence,
    only: Collection[str] = (),
    report: Report = silent,
    own: Mapping[str, Detector] = NONE_OF_OWN,
    line: FlagLine = FlagLine(),  # noqa: B008 - frozen
) -> Suspicion:
    """Find labels that are likely wrong.

    Flagged is what lies on the line or above it: at 0.5 the labels that another class is likelier
    than. The suggestion is the strongest rival, or for several labels the doubtful cells turned
    round. Samples without a label get suspicion 0.

    Parameters
    ----------
    only : names of detectors to run; all where empty, and then also what is wrong with the texts
        whatever their labels.
    report : called as (done, total, "detectors").
    own : more detectors by name, see `labelviz.detectors.own`.
    line : from which suspicion on a label is flagged, and how many at most.

    Raises
    ------
    LabelsRefused : all given labels are alike. StepMissing : a detector that does not exist, or
        none that could run.
    """
    dataset = evidence.dataset
    _check(dataset, only, own)
    findings: list[Finding] = []
    missing: list[NotChecked] = []
    seconds: dict[str, float] = {}
    chosen = _chosen(evidence, only, own)
    for done, (name, detector) in enumerate(chosen.items()):
        began = time.perf_counter()
        found = (
            NotChecked(name, WHY_NOT)
            if evidence.soft is not None and name not in (SOFT_LABELS, *own)
            else detector(evidence)
        )
        seconds[name] = time.perf_counter() - began
        (missing if isinstance(found, NotChecked) else findings).append(found)  # type: ignore[arg-type]
        report(done + 1, len(chosen) + 1, "detectors")
    if not findings:
        raise StepMissing(
            "None of the chosen detectors could run: "
            + " ".join(f"{each.detector}: {each.why}" for each in missing),
            remedy="Run `labelviz flag` without --detector.",
        )
    began = time.perf_counter()
    fused = fuse(evidence, findings)
    score = np.clip(np.where(dataset.labelled, np.nan_to_num(fused.error), 0), 0, 1)
    flagged = _flagged(score, dataset.labelled, line)
    suggested = _suggested(dataset, fused, flagged | (dataset.labelled & (score > 0.5)))
    reasons, supporting = _reasons(findings, fused, score, flagged)
    seconds[FUSION] = time.perf_counter() - began
    began = time.perf_counter()
    issues = () if only else beyond_labels(evidence)
    seconds[TEXTS] = 0.0 if only else time.perf_counter() - began
    report(len(chosen) + 1, len(chosen) + 1, "detectors")
    return Suspicion(
        score=score,
        flagged=flagged,
        suggested=suggested,
        reasons=reasons,
        supporting=supporting,
        detectors=tuple(each.detector for each in findings),
        dataset=dataset.judged,
        probabilities=evidence.name,
        scores={each.detector: each.score for each in findings},
        parts=fused.parts,
        not_checked=tuple(missing),
        seconds=seconds,
        calibrated=fused.calibrated,
        issues=issues,
        chosen=tuple(only),
        learned=None if evidence.verdicts is None else evidence.verdicts.outcomes,
        line=line,
        thresholds=() if evidence.thresholds is None else tuple(evidence.thresholds.tolist()),
    )


def _check(dataset: Dataset, only: Collection[str], own: Mapping[str, Detector]) -> None:
    if clashing := sorted(set(own) & {*NAMES, *RESERVED}):
        raise StepMissing(
            f"A detector of one's own cannot be called {clashing[0]!r}.",
            remedy="Give it a name of its own.",
        )
    if unknown := sorted(set(only) - {*NAMES, *own}):
        raise StepMissing(
            f"There is no detector called {unknown[0]!r}.",
            remedy=f"Choose among {', '.join((*NAMES, *own))}.",
        )
    given = dataset.given[dataset.labelled]
    if not given.size or given.min() == given.max():
        raise LabelsRefused(
            "All given labels are alike; to find wrong ones takes at least two kinds.",
            remedy="Check that the label column is the right one.",
        )


def _chosen(
    evidence: Evidence, only: Collection[str], own: Mapping[str, Detector]
) -> dict[str, Detector]:
    """The detectors to run by name, one for each of the probabilities, those in use first."""
    beside = {**BESIDE, **own}
    wanted = only or (model_opinion.NAME, *beside)
    detectors: dict[str, Detector] = {}
    if model_opinion.NAME in wanted:
        others = [name for name in evidence.probabilities if name != evidence.name]
        for name in (evidence.name, *others):
            label = model_opinion.NAME if name == evidence.name else f"model {name}"
            detectors[label] = partial(model_opinion.model_opinion, name=name)
    return detectors | {name: each for name, each in beside.items() if name in wanted}


def _flagged(score: Floats, labelled: Booleans, line: FlagLine) -> Booleans:
    """(N,) the labels from the line on; of too many, the most suspicious."""
    flagged = labelled & (score >= line.threshold)
    if line.at_most is not None and int(flagged.sum()) > line.at_most:
        worst = np.argsort(-np.where(flagged, score, -1), kind="stable")
        flagged[worst[line.at_most :]] = False
    return flagged


def _suggested(dataset: Dataset, fused: Fused, likely: Booleans) -> Integers:
    """(N,) or (N, K) what labels that are likely wrong should be: their strongest rival.

    Of several labels the most doubtful cell is turned round, and every one at least half as
    doubtful: what is wrong is seldom wrong in one cell alone.
    """
    suggested = dataset.given.copy()
    if not dataset.multilabel:
        suggested[likely] = fused.rival[likely]
        return suggested
    cells = np.nan_to_num(fused.rival[likely])
    turned = (cells > 0) & (cells >= cells.max(axis=1, keepdims=True) / 2)
    given = dataset.given[likely]
    suggested[likely] = np.where(turned & (given != MISSING), 1 - given, given)
    return suggested


def _reasons(
    findings: list[Finding], fused: Fused, score: Floats, flagged: Booleans
) -> tuple[Strings, Integers]:
    """(N,) the reasons, those against the label first, and (N,) how many of them speak for it."""
    worst = np.argpartition(-score, min(WORDED, len(score) - 1))[:WORDED]
    worded = np.union1d(worst, np.flatnonzero(flagged)[: 2 * WORDED])
    texts, supporting = [""] * len(score), np.zeros(len(score), dtype=np.int64)
    parts = dict(fused.parts)
    if REVIEWS in parts:  # what reviews say, in words
        parts |= {each.detector: parts[REVIEWS] for each in findings if each.role == "word"}
    for row in worded.tolist():
        sentences = [
            (
                each.supports(row),
                -float(parts[each.detector][row]) if each.detector in parts else 0.0,
                said,
            )
            for each in findings
            if (said := each.words(row))
        ]
        sentences.sort(key=lambda item: item[:2])
        texts[row] = "\n".join(said for *_, said in sentences)
        supporting[row] = sum(supports for supports, *_ in sentences)
    return strings(texts), supporting
