"""The labelled sets that `detect.py` measures on: the label to audit, the truth, other annotators.

The truth never enters a Dataset. Sets that carry no wrong labels of their own get clumped noise.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, strings
from labelviz.core.dataset import MISSING, Dataset

ROOT = Path(__file__).resolve().parent.parent
Rows = list[dict[str, str]]
EIGHT = (
    "llm_text-davinci-003", "llm_text-davinci-002", "llm_text-davinci-001", "llm_flan-ul2",
    "llm_flan-t5-xxl", "llm_flan-t5-xl", "llm_flan-t5-large",
)  # fmt: skip
FIVE = (
    "llm_gpt52_al", "llm_gpt52_simsearch", "llm_gpt52_al_relabel", "llm_qwen36_al",
    "llm_kimik26_al",
)  # fmt: skip
RATES = (0.02, 0.05, 0.10)
CLUMPED = 0.8  # share of injected errors that sit in clumps; the rest is anywhere


@dataclass(frozen=True, eq=False)
class Case:
    """One label column to audit.

    Parameters
    ----------
    name : of the set and the column.
    dataset : with the label to audit as `given`, and other annotators where there are any.
    wrong : (N,) True where the given label is not the true one.
    label : name of the audited column, by which its family is known.
    truth : the true labels, shaped like `given`.
    """

    name: str
    dataset: Dataset
    wrong: Booleans
    label: str
    truth: Any


@dataclass(frozen=True)
class _Set:
    name: str
    file: Path
    text: Sequence[str]
    label: str
    truth: str
    annotators: Sequence[str] = ()
    slices: Sequence[str] = ()
    confidence: str = ""
    separator: str = ""


def cases(data: Path, only: str = "") -> Iterator[Case]:
    """Every case whose name holds `only`, in a fixed order."""
    for make in _makers(data):
        for name, case in make():
            if only in name:
                yield case()


Makers = list[Callable[[], Iterator[tuple[str, Callable[[], Case]]]]]


def _makers(data: Path) -> Makers:
    plain = [
        *(
            _Set(f"{pairs} {label}", data / f"entity-matching/{pairs}_llm.csv",
                 ("text_a", "text_b"), label, "gold", [c for c in FIVE if c != label])
            for pairs in ("abt-buy", "dblp-acm")
            for label in FIVE
        ),
        _Set("global_warming", data / "llm-annotators/global_warming.csv", ("text",),
             "llm_gpt", "gold", confidence="llm_confidence"),
        *(
            _Set(name, data / f"llm-annotators/{name}.csv", ("text",), "llm_chatgpt", "gold", EIGHT)
            for name in ("emotion", "wiki_politeness", "ibc")
        ),
        _Set("hausa_news", data / "noisy/hausa_news.csv", ("text",), "noisy", "gold"),
        _Set("md-agreement", data / "votes/md-agreement.csv", ("text",), "first_annotator",
             "majority", slices=("domain",)),
        _Set("ocnli", data / "chinese/ocnli_pairs_votes.csv", ("text_a", "text_b"),
             "label0_author", "gold", slices=("genre", "level")),
        _Set("convabuse", data / "multilabel/convabuse.csv", ("agent", "user"), "any_labels",
             "majority_labels", separator="|"),
        _Set("poi_pairs", ROOT / "data/poi_pairs/poi_pairs.csv", ("text_a", "text_b"), "label",
             "truth", ("llm_1", "llm_2", "llm_3"), ("category",), "llm_confidence"),
        _Set("poi_categories", ROOT / "data/poi_categories/poi_categories.csv", ("text",), "label",
             "truth", (), ("language",), "llm_confidence", "|"),
        _Set("intents", ROOT / "data/intents/intents.csv", ("text",), "label", "truth", (),
             ("language",), "llm_confidence"),
    ]  # fmt: skip
    makers: Makers = [lambda each=each: iter([(each.name, lambda: _real(each))]) for each in plain]
    for name in ("beer", "restaurants"):
        made = _Set(name, data / f"entity-matching/{name}_gold.csv", ("text_a", "text_b"),
                    "gold", "gold")  # fmt: skip
        makers.append(
            lambda made=made: (
                (f"{made.name} {rate:.0%} noise", lambda rate=rate: _injected(made, rate))
                for rate in RATES
            )
        )
    return makers


def _read(each: _Set) -> Rows:
    with each.file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if each.truth == "truth":
        with (each.file.parent / "truth.csv").open(encoding="utf-8", newline="") as file:
            truth = {row["id"]: row["label"] for row in csv.DictReader(file)}
        rows = [{**row, "truth": truth[row["id"]]} for row in rows]
    if not each.separator:
        known = {row[each.truth] for row in rows}
        rows = [row for row in rows if row[each.label] in known]  # "-" and empty are no labels
    return rows


def _real(each: _Set) -> Case:
    rows = _read(each)
    classes = _classes(each, rows)
    given, truth = (_labels(rows, column, each, classes) for column in (each.label, each.truth))
    wrong = (given != truth).any(axis=1) if each.separator else given != truth
    task: Any = "multilabel" if each.separator else "binary" if len(classes) == 2 else "multiclass"
    texts = tuple(strings(row[column] or " " for row in rows) for column in each.text)
    if each.name == "convabuse":
        texts = (strings(f"{row['agent']}\n{row['user']}" for row in rows),)
    dataset = Dataset(
        task=task,
        classes=classes,
        ids=strings(row.get("id", str(n)) for n, row in enumerate(rows)),
        texts=texts,
        given=given,
        annotators={a: _labels(rows, a, each, classes) for a in each.annotators},
        slices={name: strings(row[name] for row in rows) for name in each.slices},
        confidence=np.array([float(r[each.confidence] or "nan") for r in rows])
        if each.confidence
        else None,
    )
    return Case(each.name, dataset, wrong, each.label, truth)


def _injected(each: _Set, rate: float) -> Case:
    """Flip the labels of two clumps of look-alikes, pairs that share a word, and a few others."""
    case = _real(each)
    dataset, n = case.dataset, len(case.dataset)
    rng = np.random.default_rng([int(rate * 100), len(each.name)])
    wanted = round(rate * n)
    words = [
        set(a.lower().split()) & set(b.lower().split()) for a, b in zip(*dataset.texts, strict=True)
    ]
    vocabulary = sorted(set().union(*words))
    size = {word: sum(word in each for each in words) for word in vocabulary}
    fitting = [word for word in vocabulary if wanted <= size[word] <= 4 * wanted + 10]
    wrong = np.zeros(n, dtype=bool)
    for word in rng.choice(fitting, 2, replace=False):
        inside = np.flatnonzero([word in each for each in words])
        half = round(CLUMPED * wanted / 2)
        wrong[rng.choice(inside, min(half, len(inside) // 2), replace=False)] = True
    rest = np.flatnonzero(~wrong)
    wrong[rng.choice(rest, max(wanted - int(wrong.sum()), 0), replace=False)] = True
    given = np.where(wrong, 1 - dataset.given, dataset.given)
    changed = Dataset(dataset.task, dataset.classes, dataset.ids, dataset.texts, given)
    return Case(f"{each.name} {rate:.0%} noise", changed, wrong, "injected", dataset.given)


def _classes(each: _Set, rows: Rows) -> tuple[str, ...]:
    cells = {row[column] for row in rows for column in (each.label, each.truth)}
    if each.separator:
        cells = {name for cell in cells for name in cell.split(each.separator)}
    return tuple(sorted(cells - {"", "-"}))


def _labels(rows: Rows, column: str, each: _Set, classes: tuple[str, ...]) -> Any:
    if each.separator:
        return np.array(
            [[int(c in row[column].split(each.separator)) for c in classes] for row in rows]
        )
    number = {name: k for k, name in enumerate(classes)}
    return np.array([number.get(row[column], MISSING) for row in rows])
