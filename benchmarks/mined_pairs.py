"""How telling mined pairs are: errors among them against errors among random near pairs.

Half of the rows of abt-buy, drawn at random, with the labels of an LLM: records near each other
that are not paired there are mined. Only pairs whose truth the whole file knows are counted, among
the mined ones and among the random ones. A pair is telling where the model is wrong about it.

python benchmarks/mined_pairs.py --data DIR
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from report import write_table

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.progress import silent
from labelviz.models.mine import candidates, judged, mine

FILE, LABEL = "entity-matching/abt-buy_llm.csv", "llm_gpt52_simsearch"
TOP, SEEDS, AIM = 200, 3, 5.0


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    file = parser.parse_args().data / FILE
    if not file.is_file():
        sys.exit("The sets are not part of labelviz: name their folder with --data.")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    found = [_measured(rows, seed) for seed in range(SEEDS)]
    cells = [
        [str(seed), f"{n:,}", f"{k:,}", str(mined), str(drawn), f"{mined / max(drawn, 1):.1f}"]
        for seed, (n, k, mined, drawn) in enumerate(found)
    ]
    mined, drawn = (sum(each[place] for each in found) for place in (2, 3))
    cells.append(["all", "", "", str(mined), str(drawn), f"{mined / max(drawn, 1):.1f}"])
    write_table(
        "mined_pairs",
        "New pairs worth a label, on abt-buy",
        ("seed", "pairs known", "near, unpaired, of known truth", f"errors in {TOP} mined",
         f"errors in {TOP} random ones", "ratio"),
        cells,
        [f"The model is wrong about them, by gold. Aim: {AIM:g} x. Labels: {LABEL}. Command: "
         "`make bench-detect`."],
    )  # fmt: skip


def _measured(rows: list[dict[str, str]], seed: int) -> tuple[int, int, int, int]:
    rng = np.random.default_rng(seed)
    gold = {(row["text_a"], row["text_b"]): row["gold"] == "1" for row in rows}
    known = [row for row in rows if row[LABEL] in ("0", "1")]
    half = rng.permutation(len(known))[: len(known) // 2]
    data = _dataset([known[each] for each in half])
    left, right, _ = candidates(data)
    pairs = list(zip(left, right, strict=True))
    p = judged(data, left, right, silent)
    there = [n for n, pair in enumerate(pairs) if pair in gold]
    wrong = {pairs[n]: bool((p[n] >= 0.5) != gold[pairs[n]]) for n in there}
    found = mine(data, len(pairs))
    mined = [wrong[pair] for pair in zip(found.left, found.right, strict=True) if pair in wrong]
    drawn = rng.choice(list(wrong.values()), TOP, replace=False)
    return len(data), len(wrong), sum(mined[:TOP]), int(drawn.sum())


def _dataset(rows: list[dict[str, str]]) -> Dataset:
    return Dataset(
        "binary", ("different", "same"), strings(row["id"] for row in rows),
        tuple(strings(row[side] for row in rows) for side in ("text_a", "text_b")),
        np.array([int(row[LABEL]) for row in rows]),
    )  # fmt: skip


if __name__ == "__main__":
    main()
