from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.errors import (
    ProbabilitiesRefused,
    StepMissing,
)
from labelviz.models.scratch import Start, new_classifier
from labelviz.project.opinions import Opinions
from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from tests.conftest import OPINION
from tests.project.conftest import BY, COLUMNS, Write, decide, in_groups


def test_a_prediction_is_compared_with_the_dataset_it_was_made_of(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    data, old = predicted.dataset, predicted.opinions.probabilities()
    unknown = replace(old, provenance=replace(old.provenance, relation="unknown"))
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    seen = []
    predicted.load(other, COLUMNS, replace=True)
    monkeypatch.setattr(Opinions, "_cheap", lambda _, sample: seen.append(len(sample)))
    predicted.opinions.add("late", unknown)
    assert seen == []
    predicted.opinions.add("late", unknown, data)
    assert seen == [len(data)]


def test_probabilities_of_a_dataset_that_was_replaced_meanwhile_are_not_used(
    predicted: Workspace, write: Write
):
    old = predicted.opinions.probabilities()
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    predicted.load(other, COLUMNS, replace=True)
    predicted.opinions.read_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "new.csv"))
    predicted.opinions.add("late", old)
    assert predicted.opinions.current == "new"
    assert predicted.opinions.names == ("new",)


def test_probabilities_from_a_file(predicted: Workspace):
    assert predicted.opinions.names == ("opinion",)
    assert predicted.opinions.current == "opinion"
    opinion = predicted.opinions.probabilities()
    assert opinion.values[0].tolist() == [0.05, 0.95]
    assert opinion.provenance.source == "opinion.csv"
    assert predicted.opinions.probabilities("opinion") is opinion


def test_probabilities_are_never_overwritten(predicted: Workspace, write: Write):
    more = write(OPINION, "opinion.csv")
    assert predicted.opinions.read_file(more) == "opinion-2"
    assert predicted.opinions.names == ("opinion", "opinion-2")
    assert predicted.opinions.current == "opinion-2"
    predicted.opinions.use("opinion")
    assert Workspace(predicted.path).opinions.current == "opinion"


def test_a_file_that_is_loaded_again_adds_no_equal_probabilities(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "ready")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    rows = "text,label,p_no,p_yes\ngood,yes,{},{}\nbad,no,0.8,0.2\n"
    for shares in ((0.1, 0.9), (0.1, 0.9), (0.3, 0.7), (0.1, 0.9)):
        space.load(write(rows.format(*shares), "ready.csv"), columns, replace=True)
        assert space.opinions.probabilities().values[0].tolist() == list(shares)
    assert space.opinions.names == ("ready", "ready-2")
    assert space.opinions.current == "ready"


def test_a_damaged_file_of_probabilities_keeps_no_other_from_loading(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "ready")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    rows = write("text,label,p_no,p_yes\ngood,yes,0.1,0.9\nbad,no,0.8,0.2\n", "ready.csv")
    space.load(rows, columns)
    (space.path / "probabilities/ready.parquet").write_bytes(b"damaged")
    Workspace(space.path).load(rows, columns)
    state = json.loads((space.path / "workspace.json").read_text("utf-8"))
    assert state["probabilities"] == "ready-2"


def hundred(write: Write) -> tuple[Path, Path]:
    """A hundred samples, and an opinion about them that is surer than it is right."""
    labels = ["no" if row % 2 else "yes" for row in range(100)]
    rows = [f"{row},text number {row},{label}" for row, label in enumerate(labels)]
    wrong = {row for row in range(100) if row % 10 < 3}
    sure = ("0.99,0.01", "0.01,0.99")
    opinion = [
        f"{row},{sure[(label == 'yes') != (row in wrong)]}" for row, label in enumerate(labels)
    ]
    data = write("\n".join(["id,text,label", *rows]), "hundred.csv")
    return data, write("\n".join(["id,no,yes", *opinion]), "sure.csv")


def test_calibrated_probabilities_stand_beside_the_others(tmp_path: Path, write: Write):
    data, opinion = hundred(write)
    space = Workspace.create(tmp_path / "hundred")
    space.load(data, Columns("text", "label", id="id"))
    space.opinions.read_file(opinion)
    alarm = space.opinions.probabilities().provenance.alarm
    assert space.opinions.calibrate() == "sure-calibrated"
    assert space.opinions.current == "sure-calibrated"
    assert space.opinions.names == ("sure", "sure-calibrated")
    before, after = (space.opinions.probabilities(name) for name in space.opinions.names)
    assert (before.values.argmax(axis=1) == after.values.argmax(axis=1)).all()
    assert after.values.max() == pytest.approx(0.7, abs=0.08)
    assert alarm is not None
    assert after.provenance.alarm == alarm


@pytest.mark.bad_input("A37", "M01")
@pytest.mark.parametrize(
    ("file", "name"),
    [("my opinion (1).csv", "my-opinion-1"), ("...csv", "probabilities"), ("长" * 80, "长" * 60)],
)
def test_names_of_probabilities_are_safe_file_names(workspace: Workspace, write, file, name):
    assert workspace.opinions.read_file(write(OPINION, file)) == name
    assert workspace.opinions.probabilities(name).values.shape == (6, 2)


@pytest.mark.bad_input("F09", "F13")
def test_probabilities_that_are_refused_leave_those_in_use(predicted: Workspace, write: Write):
    for content in ("id,no,yes\n2,0,1\n", OPINION.replace("yes", "maybe")):
        with pytest.raises(ProbabilitiesRefused):
            predicted.opinions.read_file(write(content, "other.csv"))
    assert predicted.opinions.names == ("opinion",)


def test_probabilities_of_an_unknown_name(predicted: Workspace):
    for ask in (predicted.opinions.probabilities, predicted.opinions.use):
        with pytest.raises(StepMissing, match="no probabilities called 'other'"):
            ask("other")
    assert predicted.opinions.current == "opinion"


@pytest.mark.bad_input("C13")
def test_probabilities_know_when_another_group_column_makes_their_folds_leak(
    tmp_path: Path, write: Write
):
    file, space = in_groups(write), Workspace.create(tmp_path / "groups")
    server = Workspace(space.path)
    space.load(file, BY)
    space.opinions.cross_validate()
    assert server.opinions.probabilities().provenance.relation == "out-of-fold"
    space.load(file, replace(BY, group="other"))
    for each in (space, server, Workspace(space.path)):
        origin = each.opinions.probabilities().provenance
        assert origin.relation == "leaking"
        assert "groups span them" in origin.notes[-1]
    space.load(file, replace(BY, group=""))
    assert server.opinions.probabilities().provenance.relation == "leaking"
    space.load(file, BY)
    assert server.opinions.probabilities().provenance.relation == "out-of-fold"


def test_the_cheap_opinion_is_made_anew_for_other_groups(tmp_path: Path, write: Write):
    file, space = in_groups(write), Workspace.create(tmp_path / "groups")
    lines = [
        "id,no,yes",
        *(f"{n},{0.1 if n % 2 else 0.9},{0.9 if n % 2 else 0.1}" for n in range(60)),
    ]
    opinion = write("\n".join(lines), "opinion.csv")
    for group, count in (("by", 1), ("other", 2), ("by", 2)):
        space.load(file, replace(BY, group=group))
        space.opinions.read_file(opinion)
        assert len(list((space.path / "alarm").glob("*.parquet"))) == count


def test_a_model_predicts_once_and_what_it_said_is_kept(workspace: Workspace, tmp_path: Path):
    texts = workspace.dataset.texts[0].tolist()
    folder = new_classifier(
        tmp_path / "tiny", texts, ("no", "yes"), Start(vocab_size=300, hidden=32)
    )
    names = [workspace.predict(str(folder)) for _ in range(2)]
    assert names == ["tiny", "tiny-2"]
    first, again = (workspace.opinions.probabilities(name) for name in names)
    assert again.values.tobytes() == first.values.tobytes()
    computed = first.provenance.computed
    assert first.provenance.notes == computed.sentences
    assert again.provenance.computed == computed
    kept = list((workspace.path / "cache").glob("*/*.rows"))
    assert len(kept) == 1


def test_probabilities_of_one_name_that_come_at_once_are_all_kept(
    workspace, write, monkeypatch: pytest.MonkeyPatch
):
    """Nobody takes a name that somebody else is about to write under."""
    opinion = write(OPINION, "opinion.csv")
    together, kept = threading.Barrier(2), keep.write_probabilities

    def slowly(path, values):
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.3)
        kept(path, values)

    monkeypatch.setattr(keep, "write_probabilities", slowly)
    people = [
        threading.Thread(target=Workspace(workspace.path).opinions.read_file, args=(opinion,))
        for _ in range(2)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert workspace.opinions.names == ("opinion", "opinion-2")


def mixed_up(write: Write, classes: str = "yes,no") -> Path:
    """Sixty samples' probabilities, nearly all right, under headings that may be exchanged."""
    rows = [f"{n},{0.9 if n % 2 else 0.1},{0.1 if n % 2 else 0.9}" for n in range(60)]
    return write("\n".join([f"id,{classes}", *rows]), f"{classes}.csv")


def test_exchanged_headings_of_a_table_are_noticed_as_in_an_array(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "mixed")
    space.load(in_groups(write), BY)
    space.opinions.read_file(mixed_up(write))
    assert not any("check the order" in n for n in space.opinions.probabilities().provenance.notes)
    space.opinions.read_file(mixed_up(write, "no,yes"))
    (note,) = space.opinions.probabilities().provenance.notes[-1:]
    assert note == (
        "agrees with 0.0% of the labels; reading 'no' as 'yes', 'yes' as 'no' it would agree with "
        "100.0%: check the order of the classes"
    )
    name = space.opinions.add("again", space.opinions.probabilities())
    assert space.opinions.probabilities(name).provenance.notes.count(note) == 1


def test_what_its_owner_states_is_shown_as_stated_and_not_compared(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "stated")
    space.load(in_groups(write), BY)
    space.opinions.read_file(mixed_up(write, "no,yes"), out_of_fold=True)
    origin = space.opinions.probabilities().provenance
    assert (origin.relation, origin.stated, origin.alarm) == ("out-of-fold", True, None)
    assert "check the order of the classes" in origin.notes[-1]
    again = Workspace(space.path).opinions.probabilities().provenance
    assert again == origin
    space.opinions.cross_validate()
    assert not space.opinions.probabilities().provenance.stated


def test_probabilities_by_labels_after_review_are_of_the_dataset_and_say_so(
    tmp_path: Path, write: Write
):
    words = [("good fine great", "yes"), ("bad poor awful", "no")]
    rows = [f"{n},{words[n % 2][0]} film {n * 7919},{words[n % 2][1]}" for n in range(80)]
    space = Workspace.create(tmp_path / "films")
    file = write("\n".join(["id,text,label", *rows]), "films.csv")
    space.load(file, Columns("text", "label", id="id"))
    given = space.opinions.probabilities(space.opinions.cross_validate(k=2))
    assert not given.provenance.after_review
    for n in range(60):  # reviewers say that most labels are the other way round
        other = words[(n + 1) % 2][1]
        decide(space, f"op {n}", f"{n}", "choose", label=(other,))
    decide(space, "out", "60", "exclude")
    name = space.opinions.cross_validate(k=2, after_review=True)
    assert (name, space.opinions.current) == ("cross-validation-after-review",) * 2
    found = space.opinions.probabilities(name)
    origin = found.provenance
    assert (origin.relation, origin.after_review) == ("out-of-fold", True)
    assert origin.dataset == space.dataset.fingerprint
    assert origin.notes[-1] == "trained on the labels after review, 61 of which people settled"
    turned = found.values[:60].argmax(axis=1) != space.dataset.given[:60]
    assert turned.mean() > 0.9
    assert (given.values[:60].argmax(axis=1) == space.dataset.given[:60]).mean() > 0.9


def test_a_fine_tuned_model_learns_the_labels_after_review(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
):
    from labelviz.models import fold_training

    learned, gone = [], []

    def made(dataset, *_):
        learned.append(dataset)
        return replace(predicted.opinions.probabilities("opinion"), classes=dataset.classes)

    monkeypatch.setattr(fold_training, "fine_tune_folds", made)
    monkeypatch.setattr(fold_training, "discard", lambda _, dataset, *__: gone.append(dataset))
    decide(predicted, "1", "4", "choose", label=("no",))
    name = predicted.opinions.fine_tune_folds("encoder", after_review=True)
    assert name == "fine-tuned-encoder-after-review"
    row = predicted.dataset.rows["4"]
    assert predicted.dataset.given[row] == 1
    assert learned[0].given[row] == 0
    assert gone == learned
    assert predicted.opinions.probabilities().provenance.after_review
    predicted.opinions.fine_tune_folds("encoder")
    assert learned[1] is predicted.dataset
