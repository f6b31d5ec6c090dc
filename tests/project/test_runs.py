from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelviz.core.groups import split_fingerprint
from labelviz.core.settings import TrainSettings
from labelviz.errors import (
    RunRefused,
)
from labelviz.models.runs import begin, write_record
from labelviz.models.samples import digest_of
from labelviz.project.runs import Runs
from labelviz.project.workspace import Workspace
from labelviz.store import decisions
from labelviz.tables.columns import Columns
from tests.conftest import assert_message, decision_of


@pytest.mark.bad_input("M01")
@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 101, "a\n", "a\0"])
def test_a_run_is_named_by_a_plain_word(workspace: Workspace, name: str):
    with pytest.raises(RunRefused) as refused:
        workspace.runs.path(name)
    assert_message(refused.value, "is no name for a run", "runs", remedy="Use letters")


def test_runs_have_their_own_folders(workspace: Workspace):
    assert workspace.runs.path("p0-seed_1.2") == workspace.path / "runs" / "p0-seed_1.2"
    assert workspace.runs.names == ()


def test_a_run_of_another_split_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "complete", "classes": ["no", "yes"], "settings": {}}
    other = Run(
        predicted.path, {**record, "dataset": predicted.dataset.fingerprint, "split": "x"}, ()
    )
    monkeypatch.setattr(Runs, "open", lambda *_: other)
    with pytest.raises(RunRefused, match="another split"):
        predicted.compare("a", "b")


def test_an_unfinished_run_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "running", "dataset": predicted.dataset.fingerprint}
    monkeypatch.setattr(Runs, "open", lambda *_: Run(predicted.path, record, ()))
    with pytest.raises(RunRefused, match="not complete"):
        predicted.compare("a", "b")


def test_a_run_is_not_compared_with_itself(predicted: Workspace) -> None:
    with pytest.raises(RunRefused, match="not compared with itself"):
        predicted.compare("a", "a")


@pytest.fixture
def films(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Forty films that have nothing in common, given "no": half of them train, half test."""
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnop"], (42, 30))
    parts = ["train"] * 20 + ["test"] * 20 + ["validation"] * 2
    rows = [f"{n},{''.join(letters[n])},no,{parts[n]}" for n in range(42)]
    rows[0] = rows[0].replace(",no,", ",yes,")
    made = Workspace.create(tmp_path / "films")
    file = write("\n".join(["id,text,label,part", *rows]), "films.csv")
    made.load(file, Columns("text", "label", id="id", split="part"))
    return made


def trained(space: Workspace, name: str, yes: float, **more: Any) -> None:
    """A complete run that answers "yes" to everything, or "no", with this logit."""
    data, path = space.dataset, space.path / "runs" / name
    record = {
        "settings": TrainSettings(), "dataset": data.fingerprint, "classes": list(data.classes),
        "multilabel": False, "policy": "hard", "targets": name, "model_hash": "h",
        "split": split_fingerprint(data), "status": "running", "reviewed": 0,
        "started": datetime.now(UTC).isoformat(timespec="seconds"), **more,
    }  # fmt: skip
    begin(path, record, data.ids)
    logits = np.tile(np.float32([0, yes]), (len(data), 1))
    np.save(path / "evaluations" / "000001.npy", logits)
    row = {"step": 1, "epoch": 1.0, "selection_nll": 0.5}
    (path / "log.jsonl").write_text(json.dumps(row) + "\n")
    write_record(path, {**record, "status": "complete"})


def decide(space: Workspace, sample: int, verdict: str = "choose", **more: Any) -> None:
    more = {"label": ("yes",)} | more if verdict in ("choose", "accept") else more
    operation = f"{verdict} {sample} {len(space.decisions.store.events())}"
    space.decide(decision_of(operation, f"{sample}", verdict, on=space.dataset, **more))


def test_what_reviews_changed_between_two_runs(films: Workspace):
    trained(films, "before", -1.0)
    for sample in (1, 2):
        decide(films, sample)
    decide(films, 3, "accept")
    decide(films, 40)
    for sample in range(20, 32):
        decide(films, sample)
    trained(films, "after", 1.0, reviewed=16)
    found = films.runs.review_effect("before", "after")
    assert {each.action: each.samples for each in found.told} == {"accepted": 1, "corrected": 2}
    (corrected,) = [each for each in found.by_action if each.name == "corrected"]
    assert (corrected.edits, corrected.samples, corrected.agrees) == (2, 12, (0, 1))
    assert corrected.gain == pytest.approx(1.0)
    assert (found.reference.kind, len(found.reference), found.tested) == ("reviewed", 12, 20)
    assert (found.held_out.samples, found.held_out.first, found.held_out.second) == (8, 0, 8)
    assert (found.trained.samples, found.apart) == (17, ())
    assert found.cautions == (
        "Reviewed validation samples: 1. They chose when training stopped, so that they judge "
        "nothing here.",
    )


def test_reviews_count_that_were_made_before_a_run_began(
    films: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def at(clock: str) -> str:
        return f"2026-05-01T{clock}+00:00"

    monkeypatch.setattr(decisions, "stamp", lambda: at("09:00:00.900"))
    decide(films, 1)
    monkeypatch.setattr(decisions, "stamp", lambda: at("10:00:00.000"))
    decide(films, 1, "exclude")
    trained(films, "hard", -1.0)
    trained(films, "early", 1.0, reviewed=1, started=at("08:59:59"), model_hash="other",
            settings=TrainSettings(seed=3))  # fmt: skip
    early = films.runs.review_effect("hard", "early")
    assert (early.told, early.edits) == ((), 0)
    assert early.apart == ("model to start from", "seed")
    assert [line.split(":")[0] for line in early.cautions] == [
        "“early” was trained on 1 samples that people settled, and 0 were settled when it began",
        "Reviews that are newer than “early”",
    ]
    trained(films, "told", 1.0, reviewed=1, started=at("09:00:00"))
    assert films.runs.review_effect("hard", "told").edits == 1
    back = films.runs.review_effect("told", "hard")
    assert (back.edits, back.untold) == (0, 1)
    trained(films, "again", 1.0, reviewed=1, started=at("10:00:00"))
    (later,) = films.runs.review_effect("told", "again").told
    assert (later.action, later.samples) == ("excluded", 1)
    assert films.runs.review_effect("hard", "again").cautions == ()


def test_a_decision_made_while_a_model_is_loaded_is_not_told_to_its_run(
    films: Workspace, monkeypatch: pytest.MonkeyPatch
):
    noon = "2026-05-01T12:00:00+00:00"
    monkeypatch.setattr(decisions, "stamp", lambda: noon)
    decide(films, 1)
    trained(films, "hard", -1.0)
    decide(films, 2)
    trained(films, "told", 1.0, reviewed=1, decided=1, started=noon)
    assert [each.samples for each in films.runs.review_effect("hard", "told").told] == [1]
    trained(films, "told-both", 1.0, reviewed=2, decided=2, started=noon)
    assert [each.samples for each in films.runs.review_effect("hard", "told-both").told] == [2]


def test_runs_whose_one_policy_rests_on_other_probabilities_differ_in_more_than_reviews(
    films: Workspace,
):
    trained(films, "first", -1.0, policy="dynamic", undecided="a")
    trained(films, "second", 1.0, policy="dynamic", undecided="b")
    trained(films, "third", 1.0, policy="dynamic", undecided="b")
    trained(films, "of-old", 1.0, policy="dynamic")
    trained(films, "hard", 1.0, undecided="c")
    other = ("what the policy makes of labels before any decision",)
    for one, two, apart in (
        ("first", "second", other), ("second", "third", ()), ("first", "of-old", ()),
        ("first", "hard", ("policy",)),
    ):  # fmt: skip
        assert films.runs.review_effect(one, two).apart == apart


@pytest.mark.parametrize("started", [None, "yesterday", 7])
def test_a_run_that_does_not_say_when_it_began_is_refused(films: Workspace, started: Any):
    trained(films, "hard", -1.0)
    trained(films, "odd", 1.0, reviewed=1, started=started)
    with pytest.raises(RunRefused, match="When it began is not written down"):
        films.runs.review_effect("hard", "odd")


def test_only_two_runs_that_can_be_compared_have_an_effect(films: Workspace):
    trained(films, "hard", -1.0)
    with pytest.raises(RunRefused, match="not compared with itself"):
        films.runs.review_effect("hard", "hard")
    trained(films, "other", 1.0, split="x")
    with pytest.raises(RunRefused, match="another split"):
        films.runs.review_effect("hard", "other")


@pytest.mark.bad_input("K10")
def test_a_run_has_the_targets_of_the_moment_it_began(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models import together

    given: list[Any] = []

    def training(asked: Any, *_: Any) -> Any:
        decide(predicted, 3, "accept")  # while it trains
        given.append(asked.data)

    monkeypatch.setattr(together, "train_together", training)
    decide(predicted, 2, "accept")
    predicted.train("a-model", "mine")
    predicted.train("a-model", "hard", targets="hard")
    predicted.set_policy("smooth:off=0.1")
    predicted.train("a-model", "soft")
    assert [each.decided for each in given] == [1, None, 3]
    one, hard, soft = (each.undecided for each in given)
    assert one == hard == digest_of(given[1].targets) != soft
    decided = predicted.dataset.ids[given[0].targets.by_people]
    assert decided.tolist() == ["2"]
    assert not given[1].targets.by_people.any()
