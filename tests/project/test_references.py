"""What the test samples of a workspace are said to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.evidence import control_order
from labelviz.project.references import References
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.conftest import decision_of, probabilities_of

SIZE = 90


@pytest.fixture
def space(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Ninety films that have nothing in common, all of them test samples."""
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnop"], (SIZE, 30))
    rows = [f"{n},{''.join(letters[n])},{'yes' if n % 2 else 'no'},test" for n in range(SIZE)]
    made = Workspace.create(tmp_path / "films")
    file = write("\n".join(["id,text,label,part", *rows]), "films.csv")
    made.load(file, Columns("text", "label", id="id", split="part"))
    return made


def keep(space: Workspace, *rows: int) -> None:
    for row in rows:
        space.decide(decision_of(f"op {row}", f"{row}", "keep", on=space.dataset))


def of(space: Workspace) -> References:
    return References(space.data, space.opinions, space.goals, space.decisions)


def test_without_reviews_the_given_labels_are_the_reference(space: Workspace):
    found = of(space).of()
    assert (found.kind, len(found), found.drawn) == ("given", SIZE, 0)
    assert set(found.weights) == {1.0}


def test_a_few_reviewed_samples_do_not_take_the_place_of_all_given_labels(space: Workspace):
    keep(space, *range(9))
    assert (of(space).of().kind, len(of(space).of())) == ("given", SIZE)
    keep(space, 9)
    assert (of(space).of().kind, len(of(space).of())) == ("reviewed", 10)


def test_reviewed_samples_count_as_they_were_drawn(space: Workspace):
    order = control_order(SIZE).tolist()
    keep(space, order[-1], *order[:29])
    few = of(space).of()
    assert (few.kind, len(few), few.drawn) == ("reviewed", 30, 0)
    assert set(few.weights) == {1.0}
    keep(space, order[29])
    found = of(space).of()
    assert (len(found), found.drawn) == (31, 30)
    weights = dict(zip(found.rows.tolist(), found.weights.tolist(), strict=True))
    known = space.decisions.draws.weights(np.ones(SIZE, dtype=bool))
    assert weights[order[0]] / weights[order[-1]] == pytest.approx(
        known[order[0]] / known[order[-1]]
    )
    assert weights[order[-1]] < weights[order[0]]
    assert found.weights.mean() == pytest.approx(1)


def test_trusted_labels_go_before_what_was_reviewed(space: Workspace, tmp_path: Path):
    keep(space, 0)
    file = tmp_path / "truth.csv"
    file.write_text("id,label\n3,no\n099,yes\n")
    found = of(space).of(file)
    assert (found.kind, found.rows.tolist(), found.labels.tolist()) == ("trusted", [3], [0])
    assert (found.strangers, found.stranger) == (1, "099")


def test_labels_that_were_found_wrong_or_are_flagged_are_errors(
    tmp_path: Path, write: Callable[..., Path]
):
    letters = np.random.default_rng(1).choice([*"abcdefghijklmnop"], (SIZE, 30))
    rows = [
        f"{n},{'good' if n % 2 else 'bad'} {''.join(letters[n])},"
        f"{'yes' if (n % 2) != (n in (4, 7)) else 'no'},{'test' if n > 80 else 'train'}"
        for n in range(SIZE)
    ]
    space = Workspace.create(tmp_path / "trained")
    file = write("\n".join(["id,text,label,part", *rows]), "trained.csv")
    space.load(file, Columns("text", "label", id="id", split="part"))
    assert of(space).suspects().tolist() == []
    space.opinions.cross_validate(k=2)
    space.flag()
    flagged = of(space).errors()
    assert {4, 7} <= set(flagged.rows.tolist())
    assert not flagged.confirmed.any()
    assert (flagged.suspected >= 0.5).all()
    assert flagged.unseen is not None
    assert flagged.unseen.shape == (len(flagged.rows), 2)
    space.decide(decision_of("op 4", "4", "choose", label=("no",), on=space.dataset))
    keep(space, 7)
    now = of(space).errors()
    assert now.rows[now.confirmed].tolist() == [4]
    assert 7 not in now.rows
    truth = tmp_path / "truth.csv"
    truth.write_text("id,label\n4,no\n7,yes\n9,yes\n10,yes\n")
    told = of(space).errors(truth)
    assert told.rows[told.confirmed].tolist() == [4, 7, 10]


def test_the_version_changes_with_a_threshold_a_decision_and_the_flags(space: Workspace):
    seen = [of(space).version]
    space.goals.cuts.use({"yes": 0.3})
    seen.append(of(space).version)
    keep(space, 1)
    seen.append(of(space).version)
    p = np.tile([0.3, 0.7], (SIZE, 1))
    space.opinions.add("model", probabilities_of(space.dataset, p))
    seen.append(of(space).version)
    space.flag()
    seen.append(of(space).version)
    assert len(set(seen)) == 5
    assert of(space).version == seen[-1]


def test_memory_is_told_by_models_that_learned_the_given_labels(space: Workspace):
    data = space.dataset
    rows = np.array([0, 1])

    def unseen() -> float | None:
        found = of(space)._unseen(rows)
        return None if found is None else float(found[0, 0])

    assert unseen() is None
    kinds = {"first": 0.1, "second": 0.2, "after": 0.3, "told": 0.4}
    for name, p in kinds.items():
        made = probabilities_of(data, np.tile([p, 1 - p], (SIZE, 1)))
        origin = replace(
            made.provenance,
            after_review=name == "after",
            relation="in-sample" if name == "told" else "out-of-fold",
        )
        space.opinions.add(name, replace(made, provenance=origin))
    assert unseen() == 0.2  # those in use, and the latest but one, knew more than the given labels
    space.opinions.use("first")
    assert unseen() == 0.1
