"""What thresholds do for flags: chosen on 200 known random samples, judged on all others.

Beside flags without them: flags that learned the same 200 as verdicts of reviewers, and flags with
both. TF-IDF probabilities, out of fold.

python benchmarks/flag_thresholds.py --data DIR
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from detect import flags, opinion
from detect_sets import Case, cases
from report import write_table

from labelviz.core.evidence import Evidence, Verdicts
from labelviz.core.metrics import average_precision
from labelviz.core.thresholds import KnownCells, choose_thresholds
from labelviz.detectors.flag import flag
from labelviz.models.lsa import lsa

SETS = (
    "abt-buy llm_gpt52_al", "abt-buy llm_qwen36_al", "dblp-acm llm_gpt52_al",
    "dblp-acm llm_qwen36_al", "md-agreement", "convabuse", "poi_pairs",
    "poi_categories",
)  # fmt: skip
KNOWN, SEEDS = 200, 3
WAYS = ("plain", "thresholds", "verdicts", "both")
Score = tuple[float, float]  # F1 of what is flagged, and average precision


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    if not (folder / "llm-annotators").is_dir():
        sys.exit("The sets are not part of labelviz: name their folder with --data.")
    rows, ratios = [], []
    for case in (each for name in SETS for each in cases(folder, name) if each.name == name):
        found = [measured(case, seed) for seed in range(SEEDS)]
        means = {way: np.mean([each[way] for each in found], axis=0) for way in WAYS}
        ratios.append([means[way] / means["plain"] for way in WAYS[1:]])
        rows.append(
            [case.name, f"{case.wrong.mean():.1%}"]
            + [f"{means[way][k]:.2f}" for k in (0, 1) for way in WAYS]
        )
        print(rows[-1], flush=True)
    mean = np.mean(ratios, axis=0)
    rows.append(["mean ratio to plain", ""] + [
        cell for k in (0, 1) for cell in ("1.00", *(f"{each[k]:.2f}" for each in mean))
    ])  # fmt: skip
    write_table(
        "flag_thresholds", "Flags with thresholds",
        ("set", "wrong", *(f"{what}, {way}" for what in ("F1", "AP") for way in WAYS)),
        rows,
        [f"{KNOWN} random samples whose truth is known, {SEEDS} times drawn anew, and judged on "
         "all others; means. Thresholds: for the highest F1 of each class. Verdicts: the same "
         "samples as reviews. F1 of what is flagged, average precision of the order. Command: "
         "`make bench-detect`."],
    )  # fmt: skip


def measured(case: Case, seed: int) -> dict[str, Score]:
    """Both scores by way, for one draw of what is known."""
    data, said = case.dataset, opinion(case, "")
    known = np.random.default_rng(seed).permutation(len(data))[:KNOWN]
    wrong = np.full(len(data), np.nan)
    wrong[known] = case.wrong[known]
    verdicts = Verdicts(wrong, ~np.isnan(wrong))
    cuts = thresholds(case, said.values, known)
    plain = Evidence(data, "tf-idf", {"tf-idf": said}, lsa(data.texts), audited=case.label)
    ways = {
        "plain": plain,
        "thresholds": replace(plain, thresholds=cuts),
        "verdicts": replace(plain, verdicts=verdicts),
        "both": replace(plain, thresholds=cuts, verdicts=verdicts),
    }
    rest = np.isnan(wrong)
    return {way: score(flag(each), case.wrong, rest) for way, each in ways.items()}


def thresholds(case: Case, p: Any, known: Any) -> Any:
    """(K,) thresholds by the truth of some rows."""
    several, classes = case.dataset.multilabel, case.dataset.classes
    cells = p if several else p[:, 1:]
    truth = case.truth if several else (case.truth == 1).astype(np.int64)[:, None]
    on = KnownCells(cells[known], truth[known], np.ones(len(known)))
    found = choose_thresholds(classes if several else classes[1:], on).values
    return found if several else np.concatenate([[0.5], found])


def score(found: Any, wrong: Any, rest: Any) -> Score:
    """F1 of the flags and average precision of the order, among the rest."""
    _, _, f1 = flags(found.flagged[rest], wrong[rest])
    return f1, average_precision(found.score[rest], wrong[rest])


if __name__ == "__main__":
    main()
