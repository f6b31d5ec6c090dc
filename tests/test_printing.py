"""What is printed of a request; `test_cli` reads most of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelviz.core.agreement import Agreement
from labelviz.core.arrays import strings
from labelviz.core.queue import Queue
from labelviz.core.reference import reference_of
from labelviz.core.review_effect import Doubts, Part, ReviewEffect, Told
from labelviz.core.roles import Member, Roles
from labelviz.core.settings import ModelUse
from labelviz.printing import PREVIEW, tell
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    Assign,
    CrossValidate,
    Decide,
    Flag,
    GiveRoles,
    Load,
    MeasureAgreement,
    MeasureReviews,
    Migrate,
    Predict,
    PredictFromFile,
    Request,
    ShowQueue,
    TakeBack,
    TakeOver,
)
from labelviz.requests.store import Dealt
from labelviz.store.schema import REVISION
from labelviz.store.tenant import Tenant
from labelviz.tables.columns import Columns
from labelviz.tables.options import Reading
from tests.conftest import dataset_of


@dataclass(frozen=True, kw_only=True)
class Dream(Request):
    """What nobody can print."""

    kind = command = "dream"

    def run(self, project: Workspace, report: Any = None) -> None: ...


def test_a_request_without_words_is_a_mistake_of_ours(workspace: Workspace):
    with pytest.raises(TypeError, match="dream"):
        tell(Dream(), None, workspace)


def test_the_first_rows_of_an_array_are_shown_to_be_looked_at(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    values = np.column_stack([np.linspace(0.1, 0.9, 6), np.linspace(0.9, 0.1, 6)])
    np.save(tmp_path / "p.npy", values)
    reading = Reading(classes=("no", "yes"), rows_in_order=True)
    request = PredictFromFile(file=tmp_path / "p.npy", reading=reading)
    tell(request, request.run(workspace), workspace)
    said = capsys.readouterr().out
    assert said.startswith("p: unknown probabilities from p.npy\n")
    assert "    '007'  'yes'\n" in said
    assert "    '6'  'no'\n" in said
    assert PREVIEW >= 6


def test_probabilities_are_told_alike_however_they_were_made(
    predicted: Workspace, capsys: pytest.CaptureFixture[str]
):
    said = []
    for request in (Predict(model="m", use=ModelUse()), CrossValidate()):
        tell(request, "opinion", predicted)
        said.append(capsys.readouterr().out)
    assert said == ["opinion: unknown probabilities from opinion.csv\n"] * 2


def test_a_file_that_was_written_is_named_last(
    predicted: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    request = Flag(out=tmp_path / "issues.csv")
    tell(request, request.run(predicted), predicted)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("2 of 6 labels are flagged (33.3%); 2 have a suspicion of 0.9 or more")
    assert lines[-1] == f"wrote {tmp_path / 'issues.csv'}"


@pytest.mark.parametrize(
    ("request_", "done", "words"),
    [
        (
            MeasureAgreement(),
            Agreement(0, float("nan"), ()),
            "No sample has answers by two people yet.\n",
        ),
        (
            Migrate(),
            [(7, "no sample")],
            f"schema {REVISION}, 1 old rows set aside\n  7: no sample\n",
        ),
        (
            TakeOver(),
            Tenant("k", "old"),
            "the decisions of project are in its database now; it was old's\n",
        ),
        (TakeOver(), None, "the decisions of project are in its database now; it was nobody's\n"),
        (Assign(overlap=2), Dealt(0, {}), "2 people per sample, anybody\n"),
        (
            Assign(people=("ann",)),
            Dealt(6, {"ann": 6}),
            "1 person per sample; 6 samples dealt\n         6  ann\n",
        ),
        (GiveRoles(), Roles(), "nobody has a role: everybody may do everything\n"),
        (
            GiveRoles(),
            Roles({"ann": Member("owner"), "bob": Member("adjudicator", settles_own=True)}),
            "  owner         ann\n"
            "  adjudicator   bob, settles also what they decided on\n"
            "  reviewer      everybody else\n",
        ),
    ],
)
def test_what_was_done_is_told_in_words(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], request_: Any, done: Any, words: str
):
    tell(request_, done, workspace)
    assert capsys.readouterr().out == words


HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\nlabelviz: all is well\r"


@pytest.mark.bad_input("E04", "E06", "M13")
def test_nothing_in_the_data_commands_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "hostile.jsonl"
    rows = [{"id": f"{n}{HOSTILE}", "a": HOSTILE, "y": f"{HOSTILE}{n % 2}"} for n in range(6)]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    space = Workspace.create(tmp_path / "space")
    columns = Columns("a", "y", id="id")
    for request in (
        Load(file=file, columns=columns),
        ShowQueue(queue=Queue(show="all")),
        Decide(verdict="keep", reviewer=f"ann{HOSTILE}", at_most=2, queue=Queue(show="all")),
        TakeBack(reviewer="ann"),
    ):
        tell(request, request.run(space), space)
    said = capsys.readouterr().out
    assert "gnp.exe" in said
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(said)
    assert not any(line.startswith("labelviz: all is well") for line in said.splitlines())


def test_what_reviews_changed_is_told_in_words_and_tables(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
):
    data = dataset_of([0, 1, 0], split=strings(["train", "validation", "test"]))
    found = ReviewEffect(
        names=("hard", "mine"), seeds=1, apart=(),
        reference=reference_of(data, "given", data.given), tested=9, turned=2.0,
        told=(Told("accepted", 4, 3.0, (0.25, 1.0), (2.0, 0.5)),),
        by_action=(), by_class=(Part("no", 4, 20, (0.5, 0.75), 0.3, -0.1, 0.7),),
        by_slice={"town": (Part("\x1b[J", 1, 2, (0.5, 0.5), 0.1, -inf, inf),)},
        held_out=Doubts(900, 50, 40, 30), trained=Doubts(0, 0, 0, 0), changes=(),
    )  # fmt: skip
    tell(MeasureReviews(run_a="hard", run_b="mine"), found, workspace)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Reviews of training samples that “mine” was told and “hard” was not: 4."
    assert "suggestion accepted  4        3               25% → 100%        2.00 → 0.50" in lines
    assert "class  Told  Held-out samples  Right      Gain in loss, nats" in lines
    assert "no     4     20                50% → 75%  +0.300 (-0.100 to +0.700)" in lines
    assert "⟨U+001B⟩[J  1     2                        too few to say" in lines
    assert "1 test samples against given labels" in lines
    assert lines[-1].startswith("Labels of held-out samples that nobody settled: 900.")
