"""Long to wide: rows of one sample by several annotators become one sample with annotators."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from labelviz.tables.columns import Columns
from labelviz.tables.given import FIRST, TIED, reading_of
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.names import listed
from labelviz.tables.report import note
from labelviz.tables.table import Note, Quarantined, Table, column

if TYPE_CHECKING:
    import pandas as pd

# Annotators who get a column each; of more, the first, second ... label of each sample does.
MOST_PEOPLE = 50
NOBODY = "(not said)"


def widened(table: Table, columns: Columns) -> tuple[Table, Columns]:
    """The table with one row for each sample, and a column of labels for each annotator.

    Rows belong to one sample that share the id, or the texts where there is no id. The label is
    what most annotators chose, of several labels each that more than half of them chose; where
    none has most votes, the sample is set aside, or the first of them is taken, as `ties` says. Of
    other columns the first cell of a sample stands.

    Parameters
    ----------
    columns : what the columns mean; `labelled_by` says who labelled, `label` what.

    Raises
    ------
    ColumnRefused : a column that is named is not there.
    """
    who, label = columns.labelled_by, columns.label
    frame = table.frame
    item = [columns.id] if columns.id else [n for n in (columns.text, columns.text_b) if n]
    for name in (who, label, *item):
        column(frame, name, table.name)
    keys = frame[item].agg("\0".join, axis=1) if len(item) > 1 else frame[item[0]]
    people = frame[who].str.strip().where(frame[who].str.strip() != "", NOBODY)
    names, made, twice = _labels(keys, people, frame[label], list(map(str, frame.columns)))
    first = ~keys.duplicated()
    kept = frame.loc[first.to_numpy()].drop(columns=[label])
    order = keys[first]
    for name, cells in made.items():
        kept[name] = [cells.get(key, "") for key in order]
    together = people.groupby(keys, sort=False).agg(lambda each: ", ".join(dict.fromkeys(each)))
    kept[who] = [str(together[key]) for key in order]
    joined = len(frame) - len(kept)
    votes = [[cells[key] for cells in made.values() if cells.get(key)] for key in order]
    several = columns.task == "multilabel" or any(
        len(listed(cell) or ("",)) != 1 for cell in frame[label].unique()
    )
    chosen = [_chosen(each, columns, several=several) for each in votes]
    kept.insert(0, label, [each or "" for each in chosen])
    tied = [each is None for each in chosen]
    aside = [
        Quarantined(int(line), label, TIED, ", ".join(each)[:200])
        for line, each, none in zip(kept.index, votes, tied, strict=True) if none
    ]  # fmt: skip
    notes = [
        Note(f"rows of {people.nunique():,} annotators became {len(kept):,} samples", len(frame)),
        *note("rows repeat the label of one annotator for a sample; the last one stands", twice),
        *_differing(frame.drop(columns=[who, label, columns.confidence or who]), keys),
    ]
    wide = replace(
        table,
        frame=kept.loc[[not none for none in tied]].astype("str"),
        notes=(*table.notes, *notes),
        quarantined=tuple(sorted([*table.quarantined, *aside], key=lambda each: each.line)),
        joined=table.joined + joined,
    )
    annotators = (*columns.annotators, *names)
    columns = replace(columns, labelled_by="", confidence="", annotators=annotators)
    classes, lost = _never_chosen(frame, chosen, columns)
    if lost:
        text = "classes that no sample got by majority stay among the classes"
        wide = replace(wide, notes=(*wide.notes, *note(text, lost)))
        columns = replace(columns, classes=classes)
    return wide, columns


def _never_chosen(
    frame: pd.DataFrame, chosen: list[str | None], columns: Columns
) -> tuple[tuple[str, ...], list[str]]:
    """All classes that annotators named, and those of them that are the label of no sample.

    Raises
    ------
    LabelsRefused : the labels need a decision before they make classes.
    """
    if columns.classes or not any(chosen):
        return columns.classes, []
    reading = reading_of(frame, columns)
    won = {name for cell in set(chosen) if cell for name in reading.names(cell) or ()}
    return reading.classes, [name for name in reading.classes if name not in won]


def _chosen(votes: list[str], columns: Columns, *, several: bool) -> str | None:
    """The cell that most votes say; None where several do.

    Parameters
    ----------
    several : whether a vote may name several classes, of which each is voted on.
    """
    said = [columns.spellings.get(vote, vote) for vote in votes if vote not in columns.missing]
    lists = [listed(vote) for vote in said]
    if several and said and all(each is not None for each in lists):
        counts = Counter(name for names in lists for name in names or ())
        least = len(said) / 2 if columns.ties == FIRST else len(said) / 2 + 1e-9
        return json.dumps([name for name, n in counts.items() if n >= least], ensure_ascii=False)
    ordered = Counter(sorted(said)).most_common(2)
    if len(ordered) == 2 and ordered[0][1] == ordered[1][1] and columns.ties != FIRST:
        return None
    return ordered[0][0] if ordered else ""


def _labels(
    keys: pd.Series[str], people: pd.Series[str], labels: pd.Series[str], taken: list[str]
) -> tuple[list[str], dict[str, dict[str, str]], list[str]]:
    """Names of the columns of labels, their cells by sample, and who labelled a sample twice."""
    by_person = people.nunique() <= MOST_PEOPLE
    made: dict[str, dict[str, str]] = {}
    seen: dict[str, dict[str, int]] = {}
    twice = []
    for key, who, label in zip(keys, people, labels, strict=True):
        mine = seen.setdefault(key, {})
        again = who in mine and who != NOBODY
        place = mine[who] if again else len(mine) + 1
        mine[who if who not in mine or again else f"{who} {place}"] = place
        if again:
            twice.append(f"{who} on {key[:40]}")
        name = who if by_person and who != NOBODY else f"{labels.name} {place}"
        made.setdefault(name, {})[key] = label
    free = {name: name if name not in taken else f"{labels.name} by {name}" for name in made}
    ordered = sorted(made, key=lambda name: (-len(made[name]), name))
    return [free[n] for n in ordered], {free[n]: made[n] for n in ordered}, twice


def _differing(frame: pd.DataFrame, keys: pd.Series[str]) -> list[Note]:
    """Columns whose cells differ among the rows of a sample."""
    found = [str(n) for n in frame.columns if (frame[n].groupby(keys).nunique() > 1).any()]
    text = "columns differ among the rows of a sample; the first cell stands"
    return [Note(text, len(found), tuple(found[:EXAMPLES]))] if found else []
