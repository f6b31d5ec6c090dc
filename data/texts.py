"""Write the three demo data sets (poi_pairs, poi_categories, intents) as CSV files.

python data/texts.py [FOLDER]    into their folders in FOLDER, else in this one; seconds
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from invent.categories import (
    CATEGORIES,
    CategoryRow,
    in_clump_cell,
    in_tower_clump,
    join_categories,
    make_categories,
)
from invent.draws import SEED, stated_confidence
from invent.intents import INTENT_ERROR_SHARE, INTENT_PLAN, IntentRow, make_intents
from invent.pairs import CLUMPS, PAIR_PLANS, PairRow, make_pairs

HERE = Path(__file__).resolve().parent


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file as UTF-8 with line feeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


@dataclass(frozen=True)
class DemoSet:
    """A set as its files hold it: what ids begin with, the other columns, and the true labels."""

    name: str
    prefix: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    truth: Sequence[str]

    def write(self, home: Path) -> None:
        """Write the CSV file of the set and the truth beside it, into its folder in `home`."""
        ids = [f"{self.prefix}-{number:05d}" for number in range(1, len(self.rows) + 1)]
        numbered = [(row_id, *row) for row_id, row in zip(ids, self.rows, strict=True)]
        folder = home / self.name
        write_csv(folder / f"{self.name}.csv", ("id", *self.header), numbered)
        write_csv(folder / "truth.csv", ("id", "label"), zip(ids, self.truth, strict=True))


def pairs_set(rows: Sequence[PairRow], rng: random.Random) -> DemoSet:
    """Return the files of poi_pairs; stated confidences are drawn here."""
    header = (
        "text_a",
        "text_b",
        "label",
        "llm_confidence",
        "llm_1",
        "llm_2",
        "llm_3",
        "category",
        "split",
    )
    cells = [
        (
            row.pair.a.text,
            row.pair.b.text,
            row.label,
            stated_confidence(row.label != row.truth, rng),
            *row.others,
            row.category,
            row.split,
        )
        for row in rows
    ]
    return DemoSet("poi_pairs", "pp", header, cells, [row.truth for row in rows])


def categories_set(rows: Sequence[CategoryRow], rng: random.Random) -> DemoSet:
    """Return the files of poi_categories; stated confidences are drawn here."""
    header = ("text", "label", "llm_confidence", "language", "split")
    cells = [
        (
            row.text,
            join_categories(row.label),
            stated_confidence(row.label != row.truth, rng),
            row.language,
            row.split,
        )
        for row in rows
    ]
    truth = [join_categories(row.truth) for row in rows]
    return DemoSet("poi_categories", "pc", header, cells, truth)


def intents_set(rows: Sequence[IntentRow], rng: random.Random) -> DemoSet:
    """Return the files of intents; stated confidences are drawn here."""
    header = ("text", "label", "llm_confidence", "language", "split")
    cells = [
        (
            row.text,
            row.label,
            stated_confidence(row.label != row.truth, rng),
            row.language,
            row.split,
        )
        for row in rows
    ]
    return DemoSet("intents", "in", header, cells, [row.truth for row in rows])


def share_line(name: str, wrong: Sequence[bool]) -> str:
    """Format one line of the summary: a group, its size and its share of wrong labels."""
    share = sum(wrong) / len(wrong) if wrong else 0.0
    return f"  {name:<38}{len(wrong):>7}{sum(wrong):>7}{share:>9.1%}"


def print_heading(name: str, rows: int, texts: int, counts: Counter[str]) -> None:
    """Print the heading of one set's part of the summary."""
    print(f"\n{name}: {rows} rows, {texts} distinct texts")
    print("  true labels: " + ", ".join(f"{label} {count}" for label, count in counts.items()))
    print(f"  {'group':<38}{'rows':>7}{'wrong':>7}{'share':>9}")


def summarise_pairs(rows: Sequence[PairRow]) -> None:
    """Print the counts of poi_pairs."""
    texts = {text for row in rows for text in (row.pair.a.text, row.pair.b.text)}
    counts = Counter(sorted(row.truth for row in rows))
    print_heading("poi_pairs", len(rows), len(texts), counts)
    print(share_line("all", [row.label != row.truth for row in rows]))
    for category in PAIR_PLANS:
        wrong = [row.label != row.truth for row in rows if row.category == category]
        print(share_line(category, wrong))
    for at in range(3):
        for name, clump in (("in the clumps", True), ("elsewhere", False)):
            given = [
                row.others[at] != row.truth
                for row in rows
                if row.others[at] and (row.category in CLUMPS) == clump
            ]
            print(share_line(f"llm_{at + 1} {name}", given))
    mixed = sum(row.pair.a.language != row.pair.b.language for row in rows)
    chinese = sum(side.language == "zh" for row in rows for side in (row.pair.a, row.pair.b))
    print(f"  Chinese sides {chinese / (2 * len(rows)):.0%}, pairs in two languages {mixed}")


def summarise_categories(rows: Sequence[CategoryRow]) -> None:
    """Print the counts of poi_categories."""
    counts = Counter({name: sum(name in row.truth for row in rows) for name in CATEGORIES})
    print_heading("poi_categories", len(rows), len({row.text for row in rows}), counts)
    print(share_line("all rows", [row.label != row.truth for row in rows]))
    towers = ["building" not in row.label for row in rows if in_tower_clump(row)]
    print(share_line("building left out, tower with hotel/mall", towers))
    parks = ["mall" in row.label for row in rows if row.retail_wing]
    print(share_line("mall added, park with retail wing", parks))
    others = [
        (name in row.label) != (name in row.truth)
        for row in rows
        for name in CATEGORIES
        if not in_clump_cell(row, name)
    ]
    print(share_line("cells outside the clumps", others))
    sizes = Counter(len(row.truth) for row in rows)
    print("  labels per row: " + ", ".join(f"{size}: {sizes[size]}" for size in sorted(sizes)))


def summarise_intents(rows: Sequence[IntentRow]) -> None:
    """Print the counts of intents."""
    counts = Counter({intent: sum(row.truth == intent for row in rows) for intent in INTENT_PLAN})
    print_heading("intents", len(rows), len({row.text for row in rows}), counts)
    print(share_line("all", [row.label != row.truth for row in rows]))
    for clump in INTENT_ERROR_SHARE:
        print(share_line(clump, [row.label != row.truth for row in rows if row.clump == clump]))
    print(share_line("elsewhere", [row.label != row.truth for row in rows if not row.clump]))


def main(home: Path = HERE) -> None:
    """Write all three sets into their folders in `home` and print their counts."""
    pairs, categories, intents = make_pairs(), make_categories(), make_intents()
    rng = random.Random(f"{SEED} confidence")
    for each in (pairs_set(pairs, rng), categories_set(categories, rng), intents_set(intents, rng)):
        each.write(home)
    summarise_pairs(pairs)
    summarise_categories(categories)
    summarise_intents(intents)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
