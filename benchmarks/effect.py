"""Did it help? What LLM labels, softened labels, reviews and gold make of a model on real data.

For every set: linear heads on frozen embeddings, 20 resamples of the training part, judged against
gold on test samples that no record or text is shared with. The reviews are simulated: a reviewer
who is right, on training samples alone, the most suspicious first, with what every 25 verdicts
taught, or in random order. How suspicious a label is comes from out-of-fold probabilities of the
given labels; gold is in no training but that of the arm of this name.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import detect
import numpy as np
from detect_sets import Case, cases
from report import ROOT, machine, write_table

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.distributions import Targets
from labelviz.core.effect import Effect
from labelviz.core.evidence import Evidence, Finding, NotChecked, Verdicts
from labelviz.core.experiment import Answered, Arm, arms_of, number
from labelviz.core.groups import sharing_evidence, splits
from labelviz.core.reference import Reference
from labelviz.core.settings import HARD
from labelviz.detectors.flag import BESIDE
from labelviz.detectors.fusion import fuse
from labelviz.detectors.model_opinion import model_opinion
from labelviz.detectors.neighbours import sample_vectors
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.models.heads import answers_of, drawn_weights, train_heads

SETS = (
    "abt-buy llm_gpt52_al", "abt-buy llm_gpt52_simsearch", "abt-buy llm_gpt52_al_relabel",
    "abt-buy llm_qwen36_al", "abt-buy llm_kimik26_al", "dblp-acm llm_qwen36_al", "global_warming",
    "emotion", "wiki_politeness", "ibc", "hausa_news", "md-agreement", "convabuse", "poi_pairs",
    "poi_categories", "intents",
)  # fmt: skip
SEEDS, STEP = 20, 25
FEW, MANY = 50, 200  # simulated reviews
GAP = 0.01  # between LLM labels and gold, below which there is nothing to recover
LLM, GOLD = "LLM labels", "gold"
FIRST, RANDOM = f"{MANY} worst first", f"{MANY} at random"
RESAMPLES = 2_000
MOST_SAID = 5.0  # shares of a gap above it say only that the gap may be none


@dataclass(frozen=True)
class Found:
    """What came of a set.

    Parameters
    ----------
    wrong : share of the training labels that are wrong.
    reviewed : of the reviews, how many found a wrong label, worst first and at random.
    """

    case: str
    train: int
    test: int
    wrong: float
    reviewed: tuple[int, int]
    arms: tuple[Arm, ...]

    def effect(self, name: str) -> Effect:
        """What a set of targets changed against the LLM's labels, by F1."""
        return next(arm.effects[0] for arm in self.arms if arm.name == name)

    def best_of(self) -> str:
        """The set of targets with the highest F1 on average, gold left out."""
        return max(
            (each for each in self.arms if each.name != GOLD), key=lambda each: each.spread(1)[0]
        ).name

    def recovered(self, name: str) -> tuple[float, float, float] | None:
        """The share of the gap to gold that a set recovers, with a 95 % interval over seeds."""
        whole = np.array(self.effect(GOLD).by_seed)
        part = np.array(self.effect(name).by_seed)
        if whole.mean() < GAP:
            return None
        rng = np.random.default_rng(0)
        drawn = rng.integers(SEEDS, size=(RESAMPLES, SEEDS))
        wholes = whole[drawn].mean(axis=1)
        ratios = np.where(wholes > 0, part[drawn].mean(axis=1) / np.maximum(wholes, 1e-9), np.inf)
        low, high = np.quantile(ratios, [0.025, 0.975], method="nearest")
        return float(part.mean() / whole.mean()), float(low), float(high)


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="folder of the labelled sets")
    parser.add_argument("--encoder", default="", help="folder of an encoder")
    parser.add_argument("--only", default="", help="sets whose name holds this; writes nothing")
    options = parser.parse_args()
    if not (Path(options.data) / "llm-annotators").is_dir() or not options.encoder:
        sys.exit(
            "bench-effect needs labelled sets and an encoder, which are not part of labelviz:\n"
            "  make bench-effect DATA=<folder of the sets> ENCODER=<folder of an encoder>"
        )
    warnings.filterwarnings("ignore")
    found = []
    for case in cases(Path(options.data)):
        if case.name in SETS and options.only in case.name:
            ready = prepared(case, options.encoder)
            found.append(ready.found(ready.heads))
            print(" | ".join(row_of(found[-1])), flush=True)
    if not options.only:
        write(found)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What models are trained on and judged by, on one set of samples.

    Parameters
    ----------
    targets : by name, the LLM's labels first.
    reviewed : of the reviews, how many found a wrong label, worst first and at random.
    heads : (T, S, M, K) what linear heads on frozen embeddings say of the test samples.
    """

    case: Case
    targets: dict[str, Targets]
    reviewed: tuple[int, int]
    reference: Reference
    heads: Floats

    def found(self, answers: Floats) -> Found:
        """What came of models whose (T, S, M, K) answers these are."""
        dataset, part = self.case.dataset, splits(self.case.dataset)
        train, test = np.flatnonzero(part == "train"), np.flatnonzero(part == "test")
        made = {
            name: Answered(each.policy, p)
            for (name, each), p in zip(self.targets.items(), answers, strict=True)
        }
        arms = arms_of(made, self.reference, classes=dataset.classes, task=dataset.task)
        wrong = float(self.case.wrong[train].mean())
        return Found(self.case.name, len(train), len(test), wrong, self.reviewed, arms)


def prepared(case: Case, encoder: str) -> Prepared:
    """All sets of targets on one set of samples, and what heads make of them."""
    dataset = case.dataset
    vectors = detect.embeddings(case, encoder)
    part = splits(dataset)
    train, test = np.flatnonzero(part == "train"), np.flatnonzero(part == "test")
    evidence = Evidence(
        dataset, "encoder",
        {"encoder": detect.opinion(case, encoder), "tf-idf": detect.opinion(case, "")},
        vectors, audited=case.label,
    )  # fmt: skip
    sets, reviewed = targets_of(case, evidence, train)
    x = sample_vectors(vectors)
    weights = np.stack([drawn_weights(each.weight[train], SEEDS, 0) for each in sets.values()])
    values = [each.values[train] for each in sets.values()]
    heads = train_heads(x[train], values, weights, multilabel=dataset.multilabel)
    answers = answers_of(heads, x[test], multilabel=dataset.multilabel)
    reference = Reference(
        "trusted", test, case.truth[test], sharing_evidence(dataset, test), np.ones(len(test)),
        len(test),
    )  # fmt: skip
    return Prepared(case, sets, reviewed, reference, answers)


def targets_of(
    case: Case, evidence: Evidence, train: Integers
) -> tuple[dict[str, Targets], tuple[int, int]]:
    """Targets by name, the LLM's labels first; and how many errors the reviews found."""
    dataset = case.dataset
    ground = Ground(dataset, evidence.probabilities["encoder"], None, None, None)

    def made(policy: str) -> Targets:
        return Making(ground, parse_policy(policy)).targets

    findings = [
        each
        for each in (
            *(model_opinion(evidence, name) for name in evidence.probabilities),
            *(detector(evidence) for detector in BESIDE.values()),
        )
        if not isinstance(each, NotChecked)
    ]
    inside = np.zeros(len(dataset), dtype=bool)
    inside[train] = True
    fused = fuse(evidence, findings)
    worst = reviews(case, evidence, findings, inside)
    drawn = np.random.default_rng(0).permutation(train)[:MANY]
    hard = made(HARD)
    flagged = inside & (np.nan_to_num(fused.error) >= 0.5)
    sets = {
        LLM: hard,
        "smoothed 0.1": made("smooth:off=0.1"),
        "dynamic": made("dynamic:max=0.2"),
        "flagged left out": replace(hard, weight=np.where(flagged, 0.0, hard.weight)),
        f"{FEW} worst first": corrected(case, worst[:FEW]),
        FIRST: corrected(case, worst),
        RANDOM: corrected(case, drawn),
        GOLD: corrected(case, np.arange(len(dataset))),
    }
    return sets, (int(case.wrong[worst].sum()), int(case.wrong[drawn].sum()))


def corrected(case: Case, rows: Integers) -> Targets:
    """The LLM's labels, of some samples the true ones."""
    given = case.dataset.given.copy()
    given[rows] = case.truth[rows]
    ground = Ground(replace(case.dataset, given=given), None, None, None, None)
    return Making(ground, parse_policy(HARD)).targets


def reviews(case: Case, evidence: Evidence, findings: list[Finding], inside: Booleans) -> Integers:
    """The training samples that are reviewed, the most suspicious first, learned from every 25."""
    settled: Floats = np.full(len(inside), np.nan)
    score, order = fuse(evidence, findings).error, []
    while len(order) < min(MANY, int(inside.sum())):
        waiting = np.flatnonzero(inside & np.isnan(settled))
        top = waiting[np.argsort(-np.nan_to_num(score[waiting]), kind="stable")][:STEP]
        settled[top] = case.wrong[top]
        order += top.tolist()
        verdicts = Verdicts(settled, np.zeros(len(inside), dtype=bool))
        score = fuse(replace(evidence, verdicts=verdicts), findings).error
    return np.array(order, dtype=np.int64)


def row_of(found: Found) -> list[str]:
    """One row of the table: differences in points of F1 against the LLM's labels."""
    base = found.arms[0].spread(1)[0]
    cells = [effect_cell(found.effect(arm.name)) for arm in found.arms[1:]]
    return [
        found.case, f"{found.train:,} / {found.test:,}", f"{100 * found.wrong:.1f} %",
        f"{100 * base:.1f}", *cells, _recovered(found), _ratio(found),
    ]  # fmt: skip


def effect_cell(effect: Effect) -> str:
    """A difference with its interval, bold where better and underlined where worse."""
    metric = effect.metric
    marks = {"better": "**", "worse": "_"}
    mark = marks.get(effect.conclusion, "")
    middle = number(effect.difference, metric)
    return f"{mark}{middle}{mark} ({number(effect.low, metric)} to {number(effect.high, metric)})"


def _recovered(found: Found) -> str:
    part = found.recovered(FIRST)
    if part is None:
        return "no gap"
    middle, low, high = part
    above = f"{low:.0%} or more" if high > MOST_SAID else f"{low:.0%} to {high:.0%}"
    return f"{middle:.0%} ({above})"


def _ratio(found: Found) -> str:
    first, random = found.reviewed
    return f"{first} / {random}"


def write(found: list[Found]) -> None:
    """The table, and what it says of the aims."""
    names = [arm.name for arm in found[0].arms[1:]]
    header = [
        "set", "train / test", "wrong labels", f"F1 of {LLM}", *names,
        f"of the gap, {FIRST}", "errors found, worst first / at random",
    ]  # fmt: skip
    notes = [
        "Differences are points of F1 (of the second class; macro F1 where there are more) against "
        "the LLM's labels, with the 95 % interval over 20 resamples and the test samples; bold is "
        "better and underlined worse, by the interval and an exact test corrected for the sets "
        "compared. Gold judges all. Linear heads on frozen all-MiniLM-L6-v2; what fine-tuned "
        f"models make of the same is in fine-tuned.md. {machine()} `make bench-effect`.",
        *sentences(found),
        *power(),
    ]
    write_table("effect", "Did it help?", header, [row_of(each) for each in found], notes)


def power() -> list[str]:
    """What the verdict can see, as `make bench-power` measured it last."""
    file = ROOT / "benchmarks" / "power.md"
    return [file.read_text("utf-8").replace("# ", "## ", 1).strip()] if file.is_file() else []


def sentences(found: list[Found]) -> list[str]:
    """The aims beside what was reached."""
    gaps = [each for each in found if each.recovered(FIRST) is not None]
    shares: list[Any] = [each.recovered(FIRST) for each in gaps]
    reached = sum(share[0] >= 0.7 for share in shares)
    by_order = [(each.effect(FIRST).difference, each.effect(RANDOM).difference) for each in gaps]
    worse = {
        name: [each.case for each in found if each.effect(name).conclusion == "worse"]
        for name in (arm.name for arm in found[0].arms if arm.name not in (LLM, GOLD))
    }
    return [
        f"Aim: {MANY} reviews recover at least 70 % of the gap where it is at least a point. "
        f"Reached on {reached} of {len(gaps)} sets; in the middle "
        f"{np.median([share[0] for share in shares]):.0%}."
        if gaps
        else "No set has a gap of a point.",
        f"Aim: worst first gains 3 x what random order does. Over these sets worst first gained "
        f"{100 * np.mean([a for a, _ in by_order]):.1f} points on average, random order "
        f"{100 * np.mean([b for _, b in by_order]):.1f}."
        if gaps
        else "",
        "Significantly worse than the LLM's labels: " + in_order(worse),
    ]


def in_order(worse: Mapping[str, list[str]]) -> str:
    """Which sets of targets were worse where."""
    lines = [f"{name} on {', '.join(sets)}" for name, sets in worse.items() if sets]
    return "; ".join(lines) + "." if lines else "none, on no set."


if __name__ == "__main__":
    main()
