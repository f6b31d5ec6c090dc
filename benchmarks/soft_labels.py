"""How well wrong soft labels are found: the detector of soft labels against those of hard ones.

Votes of people as given soft labels, a tenth of them with the top class swapped for another: four
fifths in clumps of samples that share a word, the rest anywhere. Both sides see the same
out-of-fold TF-IDF probabilities and the same vectors of the texts' words.

python benchmarks/soft_labels.py --data DIR
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from report import write_table

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Evidence, NotChecked
from labelviz.core.metrics import average_precision
from labelviz.detectors.flag import BESIDE
from labelviz.detectors.fusion import fuse
from labelviz.detectors.model_opinion import model_opinion
from labelviz.detectors.soft_labels import NAME, soft_labels
from labelviz.models.crossval import cross_validate
from labelviz.models.lsa import lsa

SETS = {
    "md-agreement": ("votes/md-agreement.csv", ("text",), ("votes_0", "votes_1")),
    "ocnli": (
        "chinese/ocnli_pairs_votes.csv", ("text_a", "text_b"),
        ("votes_entailment", "votes_neutral", "votes_contradiction"),
    ),
}  # fmt: skip
SEEDS, RATE, CLUMPED, CLUMPS = 3, 0.1, 0.8, 6
AIM = 1.3


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    if not (folder / "votes").is_dir():
        sys.exit("The sets are not part of labelviz: name their folder with --data.")
    rows = []
    for name, (file, texts, votes) in SETS.items():
        rows.append(_row(name, [_measured(folder / file, texts, votes, s) for s in range(SEEDS)]))
    write_table(
        "soft_labels",
        "Wrong soft labels found: average precision",
        ("set", "rows", "swapped", "soft labels", "best hard detector", "ratio", "each seed"),
        rows,
        [
            f"{RATE:.0%} of the soft labels swapped, {SEEDS} seeds; means. Aim: {AIM} x the best "
            "hard detector on the top class, the fusion of all of them included. Which is best is "
            "chosen with the truth, seed by seed. Command: `make bench-detect`."
        ],
    )


def _row(name: str, found: list[dict[str, Any]]) -> list[str]:
    soft, hard = (np.array([each[key] for each in found]) for key in ("soft", "hard"))
    best = Counter(each["best"] for each in found).most_common(1)[0][0]
    return [
        name, f"{found[0]['rows']:,}", f"{found[0]['swapped']:,}", f"{soft.mean():.3f}",
        f"{hard.mean():.3f} ({best})", f"{soft.mean() / hard.mean():.2f}",
        ", ".join(f"{a / b:.2f}" for a, b in zip(soft, hard, strict=True)),
    ]  # fmt: skip


def _measured(file: Path, texts: Any, votes: Any, seed: int) -> dict[str, Any]:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if any(float(row[v] or 0) for v in votes)]
    counts = np.array([[float(row[v] or 0) for v in votes] for row in rows])
    sides = tuple(strings(row[text] or " " for row in rows) for text in texts)
    soft, wrong = swapped(counts / counts.sum(axis=1, keepdims=True), sides, seed)
    classes = tuple(vote.removeprefix("votes_") for vote in votes)
    dataset = Dataset(
        "binary" if len(classes) == 2 else "multiclass", classes,
        strings(str(n) for n in range(len(rows))), sides, soft.argmax(axis=1), soft=soft,
    )  # fmt: skip
    opinion = cross_validate(dataset)
    evidence = Evidence(dataset, "tf-idf", {"tf-idf": opinion}, lsa(dataset.texts))
    mine = soft_labels(evidence)
    assert not isinstance(mine, NotChecked)
    asked = [model_opinion(evidence, "tf-idf")]
    asked += [each(evidence) for name, each in BESIDE.items() if name != NAME]
    hard = [each for each in asked if not isinstance(each, NotChecked)]
    scores = {each.detector: np.nan_to_num(each.score) for each in hard}
    scores["fusion"] = fuse(evidence, hard).error
    ap = {name: average_precision(score, wrong) for name, score in scores.items()}
    best = max(ap, key=lambda name: ap[name])
    return {
        "rows": len(rows), "swapped": int(wrong.sum()), "best": best, "hard": ap[best],
        "soft": average_precision(np.nan_to_num(mine.score), wrong),
    }  # fmt: skip


def swapped(soft: Any, sides: tuple[Any, ...], seed: int) -> tuple[Any, Any]:
    """The soft labels with the top class of a tenth swapped for another, and (N,) which they are.

    Rows in which that changes nothing, such as even shares, are not among them.
    """
    rng, (n, k) = np.random.default_rng(seed), soft.shape
    wanted = round(RATE * n)
    words = [set(_words(" ".join(each))) for each in zip(*sides, strict=True)]
    size = Counter(word for each in words for word in each)
    share = CLUMPED * wanted / CLUMPS
    fitting = sorted(word for word, count in size.items() if 1.5 * share <= count <= 4 * share)
    chosen = np.zeros(n, dtype=bool)
    for word in rng.choice(fitting, CLUMPS, replace=False):
        inside = np.flatnonzero([word in each for each in words])
        chosen[rng.choice(inside, min(round(share), len(inside)), replace=False)] = True
    rest = np.flatnonzero(~chosen)
    chosen[rng.choice(rest, max(wanted - int(chosen.sum()), 0), replace=False)] = True
    changed = soft.copy()
    for row in np.flatnonzero(chosen):
        top = int(soft[row].argmax())
        other = (top + 1 + int(rng.integers(k - 1))) % k
        changed[row, [top, other]] = changed[row, [other, top]]
    return changed, np.asarray(np.abs(changed - soft).max(axis=1) > 1e-9)


def _words(text: str) -> list[str]:
    """Words; of Chinese, pairs of characters."""
    found = re.findall(r"[a-z']+", text.lower())
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        found += [run[at : at + 2] for at in range(len(run) - 1)]
    return found


if __name__ == "__main__":
    main()
