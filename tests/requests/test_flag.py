from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.core.progress import silent
from labelviz.core.settings import FlagLine, ModelUse
from labelviz.errors import ExportRefused, FileRefused, StepMissing
from labelviz.project.findings import Findings
from labelviz.project.opinions import Opinions
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag
from labelviz.requests.flag import flagged_issues, write_issues


def test_a_request_reaches_the_workspace_whole(predicted: Workspace, monkeypatch):
    given: list[object] = []
    flag = Findings.flag

    def noted(self: Findings, *arguments: object, **named: object) -> object:
        given.extend([*arguments, named])
        return flag(self)

    monkeypatch.setattr(Findings, "flag", noted)
    use = ModelUse("float32", 64)

    def report(*_: object) -> None: ...

    line = FlagLine(threshold=0.7, at_most=9)
    done = Flag(detectors=("model",), encoder="e", line=line, use=use).run(predicted, report)
    assert given == [("model",), "e", report, use, {"line": line}]
    assert (done.log, done.suspicion.flagged.sum()) == (None, 2)
    given.clear()
    Flag().run(predicted, report)
    assert given == [(), None, report, ModelUse(), {"line": FlagLine()}]


def test_a_log_is_read_first_and_all_samples_are_written_worst_first(
    predicted: Workspace, write: Callable[..., Path], tmp_path: Path
):
    rows = [f"{each},{t},{1 - t},{3 * t}" for each in predicted.dataset.ids for t in (0, 1)]
    log = write("\n".join(["id,epoch,no,yes", *rows]), "log.csv")
    out = tmp_path / "issues.csv"
    done = Flag(training_log=log, out=out).run(predicted)
    assert done.log is not None
    assert "training dynamics" in done.suspicion.detectors
    with out.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    order = done.suspicion.worst_first()
    assert [row["id"] for row in found] == [str(predicted.dataset.ids[n]) for n in order]
    with pytest.raises(ExportRefused, match="exists already"):
        write_issues(out, predicted.dataset, done.suspicion)


def test_probabilities_are_renewed_first_where_asked_for(predicted: Workspace, monkeypatch):
    given: list[object] = []

    def cross_validate(_: object, *arguments: object, **named: object) -> str:
        given.extend([*arguments, named])
        return "renewed"

    monkeypatch.setattr(Opinions, "cross_validate", cross_validate)
    monkeypatch.setattr(Findings, "flag", lambda *_, **__: given.append("flags"))
    use = ModelUse("float32", 64)
    Flag(after_review=True, encoder="e", use=use).run(predicted)
    assert given == ["e", 5, 0, silent, use, {"after_review": True}, "flags"]


def test_where_no_flags_are_made_it_is_said_that_the_probabilities_were_renewed(
    predicted: Workspace, monkeypatch
):
    before = predicted.opinions.current
    with pytest.raises(FileRefused) as refused:
        Flag(after_review=True, training_log=Path("nowhere.csv")).run(predicted)
    assert (refused.value.safe, predicted.opinions.current) == ("Nothing was changed.", before)
    monkeypatch.setattr(
        Opinions, "cross_validate", lambda space, *_, **__: space.add("new", space.probabilities())
    )
    with pytest.raises(StepMissing, match="no detector called") as missing:
        Flag(after_review=True, detectors=("nobody",)).run(predicted)
    assert predicted.opinions.current == "new"
    assert missing.value.safe == (
        "The flags are as they were. The probabilities “new” were made, and are in use."
    )


def test_the_flagged_labels_are_a_file_for_people(predicted: Workspace):
    assert flagged_issues(predicted) == b""
    suspicion = predicted.flag()
    rows = list(csv.DictReader(io.StringIO(flagged_issues(predicted).decode(), newline="")))
    worst = [row for row in suspicion.worst_first() if suspicion.flagged[row]]
    assert [row["id"] for row in rows] == [predicted.dataset.ids[row] for row in worst]
    for row, place in zip(rows, worst, strict=True):
        assert float(row["suspicion"]) == suspicion.score[place]
        assert row["reasons"] == suspicion.reasons[place]
        assert row["text"] == predicted.dataset.texts[0][place]
