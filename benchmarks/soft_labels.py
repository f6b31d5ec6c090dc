"""How well wrong soft labels are found: the detector of soft labels against those of hard ones.

Votes of people as given soft labels, a tenth of them with the top class swapped for another: four
fifths in clumps of samples that share a word, or of like texts, and the rest anywhere; or all of
them anywhere. Both sides see the same out-of-fold TF-IDF probabilities and the same vectors of the
texts' words.

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
from labelviz.core.evidence import Embeddings, Evidence, NotChecked
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
SEEDS, RATE, CLUMPED, CLUMPS = 5, 0.1, 0.8, 6
GROUPS, INSIDE = 40, 0.6  # of like texts, and the share of a group that is swapped
KINDS = ("sharing a word", "of like texts", "anywhere")
AIM = 1.3


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    if not (folder / "votes").is_dir():
        sys.exit("The sets are not part of labelviz: name their folder with --data.")
    rows = []
    for kind in KINDS:
        for name, (file, texts, votes) in SETS.items():
            found = [_measured(folder / file, texts, votes, kind, s) for s in range(SEEDS)]
            rows.append([kind, *_row(name, found)])
    write_table(
        "soft_labels",
        "Wrong soft labels found: average precision",
        (
            "errors", "set", "rows", "swapped", "soft labels", "best hard detector", "ratio",
            "each seed",
        ),
        rows,
        [
            f"{RATE:.0%} of the soft labels swapped, {SEEDS} seeds; means. Aim: {AIM} x the best "
            "hard detector on the top class where samples share a word, the fusion of all of them "
            "included. Which is best is chosen with the truth, seed by seed. Command: `make "
            "bench-detect`.",
            f"“Sharing a word”: {CLUMPED:.0%} of the errors among samples with one of {CLUMPS} "
            f"words. “Of like texts”: as many in some of {GROUPS} groups of like texts. Clumps are "
            "looked for by words, so the first kind shows what there is to gain, and the last what "
            "looking costs: on ocnli the model knows hardly more than chance, and words foretell "
            "where it fails as much as where labels do. So they would on one topic that a model "
            "knows nothing of and is sure of all the same.",
        ],
    )  # fmt: skip


def _row(name: str, found: list[dict[str, Any]]) -> list[str]:
    soft, hard = (np.array([each[key] for each in found]) for key in ("soft", "hard"))
    best = Counter(each["best"] for each in found).most_common(1)[0][0]
    return [
        name, f"{found[0]['rows']:,}", f"{found[0]['swapped']:,}", f"{soft.mean():.3f}",
        f"{hard.mean():.3f} ({best})", f"{soft.mean() / hard.mean():.2f}",
        ", ".join(f"{a / b:.2f}" for a, b in zip(soft, hard, strict=True)),
    ]  # fmt: skip


def _measured(file: Path, texts: Any, votes: Any, kind: str, seed: int) -> dict[str, Any]:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if any(float(row[v] or 0) for v in votes)]
    counts = np.array([[float(row[v] or 0) for v in votes] for row in rows])
    sides = tuple(strings(row[text] or " " for row in rows) for text in texts)
    vectors = lsa(sides)
    assert vectors is not None
    true, rng = counts / counts.sum(axis=1, keepdims=True), np.random.default_rng(seed)
    chosen = np.zeros(len(true), dtype=bool)
    if kind == KINDS[0]:
        chosen = _sharing_words(sides, rng)
    elif kind == KINDS[1]:
        chosen = _of_like_texts(vectors, rng)
    soft, wrong = swapped(true, chosen, rng)
    classes = tuple(vote.removeprefix("votes_") for vote in votes)
    dataset = Dataset(
        "binary" if len(classes) == 2 else "multiclass", classes,
        strings(str(n) for n in range(len(rows))), sides, soft.argmax(axis=1), soft=soft,
    )  # fmt: skip
    opinion = cross_validate(dataset)
    evidence = Evidence(dataset, "tf-idf", {"tf-idf": opinion}, vectors)
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


def _sharing_words(sides: tuple[Any, ...], rng: np.random.Generator) -> Any:
    """(N,) the samples to swap that share one of some words."""
    n = len(sides[0])
    words = [set(_words(" ".join(each))) for each in zip(*sides, strict=True)]
    size = Counter(word for each in words for word in each)
    share = CLUMPED * round(RATE * n) / CLUMPS
    fitting = sorted(word for word, count in size.items() if 1.5 * share <= count <= 4 * share)
    chosen = np.zeros(n, dtype=bool)
    for word in rng.choice(fitting, CLUMPS, replace=False):
        inside = np.flatnonzero([word in each for each in words])
        chosen[rng.choice(inside, min(round(share), len(inside)), replace=False)] = True
    return chosen


def _of_like_texts(vectors: Embeddings, rng: np.random.Generator) -> Any:
    """(N,) the samples to swap in some groups of like texts."""
    from sklearn.cluster import KMeans

    sample = np.hstack([vectors.vectors[side] for side in vectors.sides])
    group = KMeans(GROUPS, n_init=1, random_state=int(rng.integers(1000))).fit_predict(sample)
    left = round(CLUMPED * RATE * len(sample))
    chosen = np.zeros(len(sample), dtype=bool)
    for each in rng.permutation(GROUPS):
        inside = np.flatnonzero(group == each)
        size = min(round(INSIDE * len(inside)), left)
        chosen[rng.choice(inside, size, replace=False)] = True
        left -= size
    return chosen


def swapped(soft: Any, chosen: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """The soft labels with the top class of a tenth swapped for another, and (N,) which they are.

    The chosen ones, and as many more from anywhere as are wanted. Rows in which that changes
    nothing, such as even shares, are not among them.
    """
    k, wanted = soft.shape[1], round(RATE * len(soft))
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
