"""Experiments of a workspace: sets of targets by name, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelviz.core import memorisation
from labelviz.core.evidence import control_order
from labelviz.core.settings import TrainSettings
from labelviz.core.transitions import confident_joint, from_joint, from_reviews
from labelviz.errors import RunRefused, TargetsRefused
from labelviz.models.scratch import Start, new_classifier
from labelviz.project.embeddings import KeptEmbeddings
from labelviz.project.workspace import Workspace
from labelviz.requests import ReadExperiment, RunExperiment, TryTargets
from labelviz.store import decisions
from labelviz.tables.columns import Columns
from tests.conftest import decision_of

SETTINGS = TrainSettings(epochs=1, learning_rate=1e-3, batch_size=8, precision="float32")


@pytest.fixture
def films(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Forty films, of which eight are test samples and two of these say what others say."""
    parts = ["train"] * 24 + ["validation"] * 8 + ["test"] * 8
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnop"], (40, 30))
    said = [f"{'good' if n % 2 else 'bad'} {''.join(letters[n])}" for n in range(40)]
    said[38:] = said[:2]
    rows = [f"{n},{said[n]},{'yes' if n % 2 else 'no'},{parts[n]}" for n in range(40)]
    space = Workspace.create(tmp_path / "films")
    file = write("\n".join(["id,text,label,part", *rows]), "films.csv")
    space.load(file, Columns("text", "label", id="id", split="part"))
    return space


@pytest.fixture
def tiny(films: Workspace, tmp_path: Path) -> str:
    texts = films.dataset.texts[0].tolist()
    start = Start(vocab_size=300, hidden=32, layers=1, heads=2, intermediate=32, max_tokens=32)
    return str(new_classifier(tmp_path / "tiny", texts, ("no", "yes"), start))


def decide(space: Workspace, *samples: str, label: str) -> None:
    for sample in samples:
        event = decision_of(f"op {sample}", sample, "choose", label=(label,), on=space.dataset)
        space.decide(event)


def review_all(space: Workspace) -> None:
    """Say “yes” to every sample, in the order of the random controls."""
    ids = space.dataset.ids
    decide(space, *(str(ids[row]) for row in control_order(len(ids))), label="yes")


def test_an_experiment_of_the_sets_that_are_named(
    films: Workspace, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memorisation, "FEWEST_ERRORS", 1)
    decide(films, "0", "1", label="yes")
    films.set_policy("smooth:off=0.1")
    films.sets.keep("mine")
    films.set_policy("smooth:off=0.2")
    sets = ("hard", "reviewed", "@mine", "current")
    request = RunExperiment(model=tiny, name="first", sets=sets, seeds=2, settings=SETTINGS)
    found = request.run(films)
    assert [arm.name for arm in found.arms] == list(sets)
    assert [arm.policy for arm in found.arms] == [
        "hard", "reviewed", "smooth:off=0.1", "smooth:off=0.2",
    ]  # fmt: skip
    assert (found.seeds, found.planned, found.reference.kind) == (2, 2, "given")
    assert (len(found.reference), found.reference.left_out) == (6, 2)
    assert [curve.name for curve in found.curves] == list(sets)
    memory = found.curves[0].confirmed
    assert memory is not None
    assert (memory.errors, memory.unseen, len(memory.epochs)) == (1, None, 4)
    assert found.made["seeds"] == [0, 1]
    assert found.made["versions"].keys() >= {"labelviz", "torch", "python"}
    forms = [[each.form for each in arm.calibration] for arm in found.arms]
    assert forms == [["as answered"]] * 2 + [["as answered", "de-smoothed"]] * 2
    assert films.experiments.names == ("first",)
    truth = tmp_path / "truth.csv"
    truth.write_text("id,label\n32,no\n33,yes\n38,no\n")
    found = ReadExperiment(name="first", truth=truth).run(films)
    trusted = found.reference
    assert (trusted.kind, len(trusted), trusted.left_out) == ("trusted", 2, 1)
    decide(films, "34", label="no")
    few = films.experiments.outcome("first").reference
    assert (few.kind, len(few)) == ("given", 6)


def test_what_reviewers_said_is_trained_on_without_softening(films: Workspace):
    decide(films, "0", label="yes")
    films.decide(
        decision_of("soft", "3", "soften", target={"no": 0.3, "yes": 0.7}, on=films.dataset)
    )
    made = films.experiments._targets("reviewed", films.goals.moment())
    assert np.isin(made.values, (0, 1)).all()
    assert made.values[films.dataset.rows["0"]].tolist() == [0, 1]
    assert made.values[films.dataset.rows["3"]].tolist() == [0, 1]


def test_sets_that_are_alike_are_no_experiment(films: Workspace, tiny: str):
    for sets in (("hard",), ("hard", "current")):
        with pytest.raises(RunRefused, match="two sets of targets that differ"):
            films.experiments.run("first", tiny, sets, 2, SETTINGS)
    with pytest.raises(TargetsRefused):
        films.experiments.run("first", tiny, ("hard", "nonsense"), 2, SETTINGS)
    assert films.experiments.names == ()


def test_an_outcome_needs_a_seed_that_is_done(films: Workspace, tiny: str):
    class Stop(Exception):
        pass

    def report(*_: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        films.experiments.run("e", tiny, ("hard", "smooth:off=0.1"), 2, SETTINGS, report)
    with pytest.raises(RunRefused, match="is done with every set yet"):
        films.experiments.outcome("e")
    with pytest.raises(RunRefused, match="no experiment here"):
        films.experiments.outcome("another")
    with pytest.raises(RunRefused, match="no name"):
        films.experiments.outcome("../e")


def test_targets_are_tried_with_linear_heads_in_seconds(films: Workspace):
    films.set_policy("smooth:off=0.2")
    request = TryTargets(name="quick", sets=("hard", "current"), seeds=6)
    found = request.run(films)
    assert (found.seeds, found.planned, len(found.reference)) == (6, 6, 6)
    assert films.experiments.open("quick").by_heads
    first, second = (films.experiments.open("quick").answers(name) for name in request.sets)
    assert first.max(axis=2).mean() > second.max(axis=2).mean()
    with pytest.raises(RunRefused, match="already complete"):
        request.run(films)
    with pytest.raises(RunRefused, match="two sets"):
        films.experiments.quick("other", sets=("hard", "hard"))


def test_what_reviews_changed_between_two_sets(
    films: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    decide(films, "0", "2", label="yes")
    films.sets.keep("then")
    decide(films, "1", "33", label="no")
    TryTargets(name="q", sets=("hard", "@then", "reviewed"), seeds=6).run(films)
    monkeypatch.setattr(decisions, "stamp", lambda: "2999-01-01T00:00:00.000+00:00")
    decide(films, "3", label="no")
    truth = tmp_path / "truth.csv"
    truth.write_text("id,label\n32,no\n33,no\n34,no\n")
    found = films.experiments.review_effect("q", ("hard", "reviewed"), truth)
    assert [(each.action, each.samples) for each in found.told] == [("corrected", 3)]
    assert np.isnan(found.told[0].turned)
    assert (found.seeds, found.apart, found.tested, len(found.reference)) == (6, (), 6, 3)
    assert [each.row for each in found.changes] == [33]
    then = films.experiments.review_effect("q", ("hard", "@then"), truth)
    assert [each.samples for each in then.told] == [2]
    assert then.apart == ()
    between = films.experiments.review_effect("q", ("@then", "reviewed"), truth)
    assert [each.samples for each in between.told] == [1]
    for sets in (("hard", "hard"), ("hard", "nobody")):
        with pytest.raises(RunRefused, match="between two sets of targets of an experiment"):
            films.experiments.review_effect("q", sets)


def test_a_decision_made_while_texts_are_embedded_is_in_no_set(
    films: Workspace, monkeypatch: pytest.MonkeyPatch
):
    decide(films, "0", label="yes")
    embed = KeptEmbeddings.of

    def slowly(*asked: Any) -> Any:
        decide(films, "2", label="yes")
        return embed(*asked)

    monkeypatch.setattr(KeptEmbeddings, "of", slowly)
    TryTargets(name="q", sets=("hard", "reviewed"), seeds=6).run(films)
    found = films.experiments.review_effect("q", ("hard", "reviewed"))
    assert [each.samples for each in found.told] == [1]


def test_sets_that_one_policy_made_at_two_times_differ_in_reviews_alone(films: Workspace):
    films.set_policy("smooth:off=0.1")
    decide(films, "0", label="yes")
    films.sets.keep("mine")
    decide(films, "2", label="yes")
    films.sets.keep("mine")
    first, second = sets = ("@mine@1", "@mine@2")
    TryTargets(name="q", sets=sets, seeds=6).run(films)
    found = films.experiments.review_effect("q", sets)
    assert (found.edits, found.untold, found.apart) == (1, 0, ())
    back = films.experiments.review_effect("q", (second, first))
    assert (back.edits, back.untold) == (0, 1)


def test_sets_that_differ_in_their_policy_are_said_to(films: Workspace):
    decide(films, "0", label="yes")
    TryTargets(name="q", sets=("hard", "smooth:off=0.1"), seeds=6).run(films)
    assert films.experiments.review_effect("q", ("hard", "smooth:off=0.1")).apart == ("policy",)


def test_losses_that_hold_against_wrong_labels_are_tried_as_sets_are(films: Workspace, tiny: str):
    films.opinions.cross_validate(k=2)
    decide(films, "0", "1", "32", label="yes")
    sets = ("hard", "hard with selc", "hard with elr", "hard with forward", "current with elr")
    how = replace(SETTINGS, epochs=2)
    found = films.experiments.run("losses", tiny, sets, 2, how)
    assert [found.loss(name) for name in sets] == ["plain", "selc", "elr", "forward", "elr"]
    assert [run.loss for run in found.runs("hard with elr")] == ["elr", "elr"]
    assert [run.record["noise"] for run in found.runs("hard with elr")] == [None, None]
    noise = films.goals.noise()
    assert noise is not None
    for run in found.runs("hard with forward"):
        np.testing.assert_array_equal(run.record["noise"], noise)
    first = found.answers("hard")
    for name in sets[1:4]:
        assert np.abs(found.answers(name) - first).max() > 0
    outcome = films.experiments.outcome("losses")
    assert [arm.name for arm in outcome.arms] == list(sets)
    effect = films.experiments.review_effect("losses", ("hard with selc", "current with elr"))
    assert "loss" in effect.apart
    assert sum(each.samples for each in effect.told) == 2, "what is plain was told of no review"
    assert outcome.made["losses"] == dict(
        zip(sets[1:], ["selc", "elr", "forward", "elr"], strict=True)
    )


def test_forward_goes_on_with_what_was_known_when_it_began(films: Workspace, tiny: str):
    films.opinions.cross_validate(k=2)
    sets = ("hard", "hard with forward")

    class Stop(Exception):
        """Somebody pulled the plug."""

    def report(done: int, *_: Any) -> None:
        if done > 4:
            raise Stop

    with pytest.raises(Stop):
        films.experiments.run("first", tiny, sets, 2, SETTINGS, report)
    before = films.goals.noise()
    review_all(films)
    found = films.experiments.run("first", tiny, sets, 2, SETTINGS)
    assert [np.array_equal(run.record["noise"], before) for run in found.runs(sets[1])] == [
        True
    ] * 2
    assert not np.array_equal(films.goals.noise(), before)


def test_a_loss_that_there_is_not_and_one_that_cannot_be_are_refused(films: Workspace, tiny: str):
    with pytest.raises(RunRefused, match="no loss 'focal'") as caught:
        films.experiments.run("first", tiny, ("hard", "hard with focal"), 2, SETTINGS)
    assert "“plain”, “selc”, “elr” and “forward”" in caught.value.remedy
    with pytest.raises(RunRefused, match="two sets of targets that differ"):
        films.experiments.run("first", tiny, ("hard", "hard with plain"), 2, SETTINGS)
    with pytest.raises(RunRefused, match="how often each class is given for another"):
        films.experiments.run("first", tiny, ("hard", "hard with forward"), 2, SETTINGS)
    assert films.experiments.names == ()
    with pytest.raises(RunRefused, match="Linear heads have the plain loss"):
        films.experiments.quick("quick", None, ("hard", "hard with elr"), 2)


@pytest.mark.parametrize(
    ("name", "of", "loss"),
    [
        ("hard with elr", "hard", "elr"),
        (" hard with elr ", "hard", "elr"),
        ("smooth:off=0.1 + duplicates with selc", "smooth:off=0.1 + duplicates", "selc"),
        ('slices:column="a with b"', 'slices:column="a with b"', "plain"),
        ('slices:column="a with elr"', 'slices:column="a with elr"', "plain"),
        ("@with care", "@with care", "plain"),
        ("@mine with care", "@mine with care", "plain"),
        ("@mine with care with elr", "@mine with care", "elr"),
        ("@mine with elr", "@mine with elr", "plain"),
        ("@mine with elr with elr", "@mine with elr", "elr"),
    ],
)
def test_a_loss_is_told_from_names_and_policies_that_read_alike(
    films: Workspace, name: str, of: str, loss: str
):
    films.sets.keep("mine with elr")
    films.sets.keep("mine with care")
    assert films.experiments._parts(name) == (of, loss)


def test_a_stopped_run_goes_on_with_what_was_known_of_noise(films: Workspace, tiny: str):
    films.opinions.cross_validate(k=2)

    class Stop(Exception):
        """Somebody pulled the plug."""

    def report(done: int, *_: Any) -> None:
        if done > 1:
            raise Stop

    with pytest.raises(Stop):
        films.runs.train(tiny, "first", SETTINGS, "hard", report, loss="forward")
    before = films.goals.noise()
    review_all(films)
    assert not np.array_equal(films.goals.noise(), before)
    run = films.runs.train(tiny, "first", SETTINGS, "hard", loss="forward")
    np.testing.assert_array_equal(run.record["noise"], before)


def test_what_is_known_of_noise_leaves_out_what_reviewers_said_of_test_samples(films: Workspace):
    assert films.goals.noise() is None
    films.opinions.cross_validate(k=2)
    before = films.goals.noise()
    decide(films, "0", "2", "4", label="yes")  # too few, and none that was drawn
    np.testing.assert_array_equal(films.goals.noise(), before)
    review_all(films)
    after = films.goals.noise()
    assert before is not None
    assert after is not None
    assert after[1, 0] > before[1, 0]
    np.testing.assert_allclose(after.sum(axis=1), 1)
    p, given = films.opinions.probabilities().values[:32], films.dataset.given[:32]
    counts = films.decisions.draws.counts(np.arange(40) < 32)[:32]
    joint = from_joint(confident_joint(given, p), given)
    expected = from_reviews(given, np.ones(32, dtype=int), counts, joint)
    np.testing.assert_allclose(after, expected)
    for sample in ("32", "34", "36"):
        decision = decision_of(f"no {sample}", sample, "choose", label=("no",), on=films.dataset)
        films.decide(decision)
    np.testing.assert_array_equal(films.goals.noise(), after)
