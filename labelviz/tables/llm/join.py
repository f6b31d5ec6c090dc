"""Join the results of LLM batches to the table that was sent, by id, whatever their order."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelviz.core.asked import said
from labelviz.errors import FileRefused, IdsRefused, in_words, unharmed
from labelviz.tables.columns import Columns
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.llm.answers import (
    ModelAnswer,
    Parsed,
    chosen_key,
    classes_of,
    probability,
    read_answer,
    take_apart,
)
from labelviz.tables.llm.replies import IDS, NO_REPLY, Reply, is_result, replies
from labelviz.tables.llm.requests import request_value, shared_start
from labelviz.tables.read import read_cells
from labelviz.tables.report import note
from labelviz.tables.table import Note, Quarantined, Table, column

if TYPE_CHECKING:
    import pandas as pd

LLM = "llm"
REQUEST_COLUMNS = {"custom_id", "text", "prompt"}
TWICE = "the results hold two different answers to it"
SHOWN = 200


@dataclass
class _Run:
    """One model's answers to the samples, one at most for each.

    Parameters
    ----------
    parsed : answers taken apart, by the id of the sample.
    problems : why an answer cannot be used, and what shows it.
    """

    model: str
    replies: dict[str, Reply] = field(default_factory=dict)
    parsed: dict[str, Parsed] = field(default_factory=dict)
    problems: dict[str, tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, ModelAnswer] = field(default_factory=dict)

    def takes(self, reply: Reply) -> bool:
        """Whether this is the run that a reply belongs to."""
        return reply.model == self.model and reply.sample not in self.replies


@unharmed()
def with_answers(
    table: Table,
    files: Sequence[Path],
    columns: Columns,
    key: str = "",
) -> Table:
    """The table with a column of labels for each model or run, and in `meant` what they mean.

    The first run's answers are the label, those of others annotators. Rows that it did not answer
    usably are set aside with the reason: cut, refused, failed, expired, absent, or not among the
    classes.

    Parameters
    ----------
    files : results of OpenAI, Anthropic or Gemini batches, or of chat completions, with ids.
    columns : what somebody said, above all the id and the classes.
    key : under which key answers that are objects say the class; found out where empty.

    Raises
    ------
    FileRefused : a file holds no results. IdsRefused : they belong to other samples.
    InputRefused : several keys of the answers may hold the class.
    """
    runs, lost, sources = _runs({path: read_cells(path) for path in files})
    name = columns.id or _id_column(table, runs)
    ids = [str(each) for each in column(table.frame, name, table.name)]
    note_ids = _match(runs, lost, ids, name)
    parsed = [each for run in runs for each in run.parsed.values()]
    key = chosen_key([each.value for each in parsed], key)
    named = columns.classes or table.meant.classes
    classes = named or classes_of(parsed, key)
    for run in runs:
        _read(run, key, classes, named=bool(named))
    for sample, problem in lost.items():
        if sample not in runs[0].answers:
            runs[0].problems.setdefault(sample, problem)
    several = columns.task == "multilabel" or any(
        each.several for run in runs for each in run.answers.values()
    )
    made, meant = _columns(runs, ids, several=several)
    notes = [*note_ids, *_notes(runs, ids)]
    meant = replace(meant, id=name, classes=tuple(named) if named else ())
    return _table(table, made, runs[0], ids, (notes, meant, sources))


def _runs(
    files: Mapping[Path, Table],
) -> tuple[list[_Run], dict[str, tuple[str, str]], tuple[tuple[Path, str], ...]]:
    """The runs, why requests failed by id, and the files with their hashes."""
    runs: list[_Run] = []
    lost: dict[str, tuple[str, str]] = {}
    sources = []
    for path, content in files.items():
        rows = _rows(path, content)
        sources.append((path, content.sha256))
        mine: list[_Run] = []
        for reply in (each for row in rows for each in replies(row)):
            if reply.problem and not reply.model:
                lost.setdefault(reply.sample, (reply.problem, reply.shown))
            else:
                _keep(reply, runs, mine)
    if not runs:
        raise FileRefused(
            "The results hold no answer at all.",
            where=", ".join(map(str, files)),
            remedy="Give the file of answers too; failed requests stand in a file of their own.",
        )
    return runs, lost, tuple(sources)


def _keep(reply: Reply, runs: list[_Run], mine: list[_Run]) -> None:
    """Put a reply into the run it belongs to: of its model, with no other answer to the sample.

    Parameters
    ----------
    mine : the runs that this file has replies in, by the number of the choice.
    """
    while len(mine) <= reply.choice:
        found = [run for run in runs if run not in mine and run.takes(reply)]
        mine.append(found[0] if found else _Run(reply.model))
        if not found:
            runs.append(mine[-1])
    run = mine[reply.choice]
    if run.model != reply.model:
        run = next((each for each in runs if each.takes(reply)), _Run(reply.model))
        if run not in runs:
            runs.append(run)
    before = run.replies.get(reply.sample)
    if before is not None:
        if before.content != reply.content:
            run.problems[reply.sample] = (TWICE, reply.content[:SHOWN])
        return
    run.replies[reply.sample] = reply
    if reply.problem:
        run.problems[reply.sample] = (reply.problem, reply.shown or reply.content[:SHOWN])
    else:
        run.parsed[reply.sample] = take_apart(reply.content)


def _rows(path: Path, content: Table) -> list[dict[str, Any]]:
    names = [str(name) for name in content.frame.columns]
    if not (is_result(names) or ({*IDS} & {*names} and {"choices", "content"} & {*names})):
        raise FileRefused(
            f"{path.name} holds no results of an LLM batch: its keys are {in_words(names)}.",
            where=str(path),
            remedy="Give the results as they came: JSON Lines with custom_id, or key.",
        )
    cells = content.frame.itertuples(index=False, name=None)
    return [dict(zip(names, map(request_value, row), strict=True)) for row in cells]


def _id_column(table: Table, runs: Sequence[_Run]) -> str:
    """The column that holds the ids of most answers."""
    mine = {sample for run in runs for sample in run.replies}
    best, most = "", 0
    for each in map(str, table.frame.columns):
        known = set(table.frame[each])
        hits = len(mine & known) or (len(mine) if _start(mine, known) else 0)
        if hits > most:
            best, most = each, hits
    if not best:
        raise _strangers(mine, table)
    return best


def _strangers(known: set[str], table: Table) -> IdsRefused:
    return IdsRefused(
        f"No id of the results stands in the table: {in_words(sorted(known)[:3])}.",
        where=table.name,
        remedy="Give the table that was sent, with the ids that the requests had (on the command "
        "line --id COL).",
    )


def _match(
    runs: Sequence[_Run], lost: dict[str, tuple[str, str]], ids: Sequence[str], name: str
) -> list[Note]:
    """Look whether the ids of the results are those of the table; what all start with may differ.

    Raises
    ------
    IdsRefused : none of them is.
    """
    known, mine = set(ids), {sample for run in runs for sample in run.replies}
    if not mine & known:
        start = _start(mine, known)
        if not start:
            raise IdsRefused(
                f"No id of the results stands in column {name!r}: {in_words(sorted(mine)[:3])}.",
                where=f"column {name!r}, first {ids[0] if ids else ''}",
                remedy="Choose the column with the ids that the requests had (on the command line "
                "--id COL).",
            )
        short = {sample: sample.removeprefix(start) for sample in mine | lost.keys()}
        for run in runs:
            for held in (run.replies, run.parsed, run.problems):
                _renamed(held, short)
        _renamed(lost, short)
        text = f"ids of the results start with {start!r}, which was taken off"
        return note(text, sorted(mine)[:EXAMPLES], len(mine))
    strangers = sorted((mine | lost.keys()) - known)
    return note("ids of the results are not in the table and were left out", strangers)


def _start(mine: set[str], known: set[str]) -> str:
    """What all ids of the results start with that those of the table lack; empty where nothing."""
    shared = shared_start(list(mine))
    for end in range(1, len(shared) + 1):
        if {sample[end:] for sample in mine} <= known:
            return shared[:end]
    return ""


def _renamed(held: dict[str, Any], names: Mapping[str, str]) -> None:
    items = list(held.items())
    held.clear()
    held.update((names[sample], value) for sample, value in items)


def _read(run: _Run, key: str, classes: Sequence[str], *, named: bool) -> None:
    for sample, parsed in run.parsed.items():
        answer = read_answer(parsed, key, classes, named=named)
        if sample in run.problems:
            continue
        if answer.problem:
            run.problems[sample] = (answer.problem, run.replies[sample].content[:SHOWN])
            continue
        tokens = run.replies[sample].tokens
        if tokens and not answer.confidence and len(answer.names) == 1:
            likely = probability(answer.names[0], classes, tokens)
            sure = "" if math.isnan(likely) else repr(likely)
            answer = replace(answer, confidence=sure)
        run.answers[sample] = answer


def _columns(
    runs: Sequence[_Run], ids: Sequence[str], *, several: bool
) -> tuple[dict[str, list[str]], Columns]:
    """Columns of labels and confidence of each run, and what they mean."""
    made: dict[str, list[str]] = {}
    labels: list[str] = []
    for run in runs:
        label = _free(f"{LLM}_{run.model}" if run.model else LLM, labels)
        labels.append(label)
        answers = [run.answers.get(sample) for sample in ids]
        made[label] = [_cell(each, several=several) for each in answers]
        sure = [each.confidence if each else "" for each in answers]
        if any(sure):
            made[f"{label}_confidence"] = sure
    confidence = f"{labels[0]}_confidence"
    return made, Columns(
        label=labels[0],
        annotators=tuple(labels[1:]),
        confidence=confidence if confidence in made else "",
        task="multilabel" if several else "",
    )


def _cell(answer: ModelAnswer | None, *, several: bool) -> str:
    if answer is None:
        return ""
    return json.dumps(answer.names, ensure_ascii=False) if several else answer.names[0]


def _free(name: str, taken: Sequence[str]) -> str:
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}_{number}"
    return made


def _notes(runs: Sequence[_Run], ids: Sequence[str]) -> Iterator[Note]:
    known = set(ids)
    for run in runs:
        how = Counter(each.how for sample, each in run.answers.items() if sample in known)
        who = run.model or "the model"
        for step, count in how.items():
            if step != "plain":
                yield Note(f"answers of {who} were read as {step}", count)
    for run in runs[1:]:
        lost = Counter(reason for sample, (reason, _) in run.problems.items() if sample in known)
        for reason, count in lost.items():
            yield Note(f"answers of {run.model or 'another run'} count as none: {reason}", count)


def _table(
    table: Table,
    made: Mapping[str, list[str]],
    run: _Run,
    ids: Sequence[str],
    about: tuple[list[Note], Columns, tuple[tuple[Path, str], ...]],
) -> Table:
    import pandas as pd

    notes, meant, sources = about
    frame: pd.DataFrame = table.frame.drop(columns=[n for n in made if n in table.frame.columns])
    added = pd.DataFrame(made, index=frame.index, dtype="str")
    frame = pd.concat([frame, added], axis=1)
    aside = []
    for line, sample in zip(frame.index, ids, strict=True):
        if sample not in run.answers:
            reason, shown = run.problems.get(sample, (NO_REPLY, sample))
            aside.append(Quarantined(int(line), meant.label, reason, shown))
    answered = [sample in run.answers for sample in ids]
    quarantined = sorted([*table.quarantined, *aside], key=lambda each: each.line)
    return replace(
        table,
        frame=frame.loc[answered],
        quarantined=tuple(quarantined),
        notes=(*table.notes, *notes),
        meant=replace(table.meant, **{role: getattr(meant, role) for role in said(meant)}),
        beside=sources,
    )


def check_answered(table: Table) -> None:
    """Refuse requests without answers.

    Raises
    ------
    FileRefused : the table holds the requests of a batch, and nothing else.
    """
    if set(table.frame.columns) == REQUEST_COLUMNS and table.meant.id in REQUEST_COLUMNS:
        raise FileRefused(
            f"{table.name} holds questions to an LLM and no answers.",
            where=table.name,
            remedy="Add the file of results (on the command line --answers FILE).",
        )
