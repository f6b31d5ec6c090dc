"""What is known about a sample, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.ui.conftest import Open, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_without_flags_or_probabilities_the_card_says_what_was_not_checked(
    workspace: Workspace, open_page: Open
) -> None:
    page = open_page("review", workspace.path)
    assert "not checked" in words(page)
    assert "no probabilities" in words(page)


def evidence_of(space: Workspace, open_page: Open) -> str:
    return words(open_page("review", space.path))


def test_the_source_of_the_given_label_and_the_reasons_are_named(
    space: Workspace, open_page: Open
) -> None:
    said = evidence_of(space, open_page)
    assert "Given (label)" in said
    assert space.suspicion is not None
    worst = space.suspicion.worst_first()[0]
    assert space.suspicion.reasons[worst].split(" ")[0] in said


def test_many_annotators_are_listed_by_what_they_say(
    tmp_path: Path, write: Callable[..., Path], open_page: Open
) -> None:
    project = Workspace.create(tmp_path / "votes")
    names = [f"llm_{n}" for n in range(6)]
    rows = "id,text,label," + ",".join(names) + "\n1,a,yes,yes,no,yes,no,no,no\n2,b,no,,,,,,\n"
    project.load(
        write(rows, "votes.csv"), Columns("text", "label", id="id", annotators=tuple(names))
    )
    said = evidence_of(project, open_page)
    assert "<span>llm_1, llm_3, llm_4, llm_5</span>" in said
    assert "<span>llm_0, llm_2</span>" in said


def test_annotators_who_said_nothing_are_not_listed(
    tmp_path: Path, write: Callable[..., Path], open_page: Open
) -> None:
    project = Workspace.create(tmp_path / "silent")
    rows = "id,text,label,ann,bob\n1,a,yes,no,\n2,b,no,,yes\n"
    project.load(
        write(rows, "silent.csv"), Columns("text", "label", id="id", annotators=("ann", "bob"))
    )
    said = evidence_of(project, open_page)
    assert '<span class="lv-quiet">ann</span><span>no</span>' in said
    assert "bob" not in said
