"""Prediction and embedding on a Ray cluster of three nodes; where Ray is installed."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.settings import FoldTraining, ModelUse, TrainSettings
from labelviz.errors import JobRefused, ModelRefused, RunRefused
from labelviz.models import cluster, fold_training
from labelviz.models import predict as predicting
from labelviz.models.cluster import TRIES, UNDER_WAY, fleet
from labelviz.models.embed import embed
from labelviz.models.fold_training import fine_tune_folds
from labelviz.models.loading import load_encoder
from labelviz.models.place import FOLDERS
from labelviz.models.precision import VARIABLE
from labelviz.models.predict import predict
from labelviz.models.scratch import new_classifier
from tests.conftest import assert_message, dataset_of
from tests.models.conftest import SMALL, TEXTS

ray = pytest.importorskip("ray")
MANY = [f"text {n} {'word ' * (n % 23)}" for n in range(300)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Three nodes of one core each."""
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    for _ in range(2):
        found.add_node(num_cpus=1)
    found.wait_for_nodes()
    yield found
    found.shutdown()


@pytest.fixture
def on(nodes: Any) -> ModelUse:
    return ModelUse(on=nodes.address)


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many."""
    monkeypatch.setattr(predicting, "token_budget", lambda _: 64)


@pytest.mark.usefixtures("_small_batches")
def test_a_cluster_says_to_the_bit_what_this_machine_says(tiny, on, precision):
    dataset = dataset_of([n % 2 for n in range(300)], texts=[MANY])
    calls = []
    here, there = predict(dataset, tiny), predict(dataset, tiny, lambda *c: calls.append(c), use=on)
    assert there.values.tolist() == here.values.tolist()
    computed = there.provenance.computed
    assert computed.precision == precision
    assert replace(computed, place="") == here.provenance.computed
    said = r"Computed on a Ray cluster, by [123] cop(y|ies) of the model on [123] nodes?, with Ray"
    assert re.match(said, computed.place), "as many as were ready before all was done"
    assert computed.place in there.provenance.notes
    assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)
    assert calls[-1] == (300, 300, "samples")


@pytest.mark.usefixtures("_small_batches")
def test_copies_that_make_their_own_tokens_say_the_same_also_after_a_stop(
    tiny, on, precision, tmp_path, monkeypatch
):
    """As on GPUs."""
    monkeypatch.setattr(cluster.Fleet, "tokenises", True)
    monkeypatch.setattr(predicting, "STRETCH", 64)
    dataset = dataset_of([n % 2 for n in range(300)], texts=[MANY])
    here = predict(dataset, tiny)
    assert predict(dataset, tiny, use=on).values.tolist() == here.values.tolist()

    def stop(done: int, total: int, unit: str) -> None:
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(dataset, tiny, stop, tmp_path)
    first = []
    again = predict(dataset, tiny, lambda *call: first.append(call), tmp_path, on)
    assert first[0][0] > 100
    assert again.values.tolist() == here.values.tolist()


def test_of_several_labels_and_pairs_as_well(tags, on):
    given = [[n % 2, 0, 1] for n in range(40)]
    dataset = dataset_of(given, ("c", "a", "b"), [MANY[:40], MANY[40:80]])
    assert predict(dataset, tags, use=on).values.tolist() == predict(dataset, tags).values.tolist()


def test_embeddings_are_those_of_this_machine(tiny, on, precision):
    here, there = embed(MANY, tiny), embed(MANY, tiny, use=on)
    assert there.vectors.tolist() == here.vectors.tolist()
    assert there.model_hash == here.model_hash
    assert "on a Ray cluster" in there.computed.place


@pytest.mark.usefixtures("_small_batches")
def test_what_was_kept_here_is_not_computed_there_and_a_stop_goes_on(tiny, on, tmp_path):
    dataset = dataset_of([0] * 300, texts=[MANY])
    whole = predict(dataset, tiny, use=on)

    def stop(done: int, total: int, unit: str) -> None:
        if done > 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(dataset, tiny, stop, tmp_path, on)
    kept = sum(each.stat().st_size for each in tmp_path.rglob("*.part"))
    assert kept > 0
    first = []
    again = predict(dataset, tiny, lambda *call: first.append(call), tmp_path)
    assert first[0][0] > 150
    assert again.values.tolist() == whole.values.tolist()
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(cluster._Turn, "_hand_out", None)  # nothing is left to hand out
        known = predict(dataset, tiny, cache=tmp_path, use=on)
    assert known.values.tolist() == whole.values.tolist()
    assert known.provenance.computed.place == "", "nothing of it was computed there"


FOLDS = FoldTraining(
    k=3, settings=TrainSettings(epochs=1, learning_rate=1e-3, evaluations_per_epoch=1, seed=5)
)
LABELLED = dataset_of(
    [n % 2 for n in range(60)], texts=[[f"{('good', 'bad')[n % 2]} {n * 37}" for n in range(60)]]
)


def test_folds_that_are_trained_there_are_those_of_this_machine(tiny, on, tmp_path, precision):
    calls = []
    here = fine_tune_folds(LABELLED, tiny, tmp_path / "here", FOLDS)
    how = replace(FOLDS, on=on.on, keep_models=True)
    there = fine_tune_folds(LABELLED, tiny, tmp_path / "there", how, lambda *c: calls.append(c))
    kept = sorted((tmp_path / "there").glob("*/fold-*/model"))
    assert len(kept) == 3
    rows = there.folds == 1
    judged = predict(LABELLED.take(np.flatnonzero(rows)), kept[1])
    assert judged.values == pytest.approx(here.values[rows], abs=1e-6)
    assert there.values == pytest.approx(here.values, abs=1e-6)
    assert there.folds.tolist() == here.folds.tolist()
    assert calls == [(1, 3, "folds"), (2, 3, "folds"), (3, 3, "folds")]
    computed = there.provenance.computed
    assert computed.precision == precision
    assert "Computed on a Ray cluster" in computed.place
    assert computed.place in there.provenance.notes


def test_a_fold_that_was_done_there_is_kept_here(tiny, on, tmp_path, monkeypatch):
    def stop(done: int, total: int, unit: str) -> None:
        raise KeyboardInterrupt

    how = replace(FOLDS, on=on.on)
    with pytest.raises(KeyboardInterrupt):
        fine_tune_folds(LABELLED, tiny, tmp_path, how, stop)
    trained = []
    real = fold_training.train
    monkeypatch.setattr(
        fold_training, "train", lambda data, *rest: trained.append(data) or real(data, *rest)
    )
    again = fine_tune_folds(LABELLED, tiny, tmp_path, FOLDS)
    assert len(trained) == 2
    whole = fine_tune_folds(LABELLED, tiny, tmp_path / "whole", FOLDS)
    assert again.values == pytest.approx(whole.values, abs=1e-6)


def test_a_training_that_fails_there_names_its_fold(tiny, on, tmp_path):
    few = dataset_of([0, 1, *[MISSING] * 58], texts=LABELLED.texts)
    with pytest.raises(RunRefused) as refused:
        fine_tune_folds(few, tiny, tmp_path, replace(FOLDS, on=on.on))
    assert re.match(r"Fold [123] of 3: The (train|validation) part has no", refused.value.what)
    assert refused.value.safe == "The folds that are finished are kept."
    assert FOLDERS not in str(refused.value)


# What becomes of pieces when copies go, by what each piece does where it is done.


def spell(_: Any, piece: Any) -> Any:
    return piece, os.getpid()


def end_once(_: Any, piece: tuple[int, str]) -> int:
    """The first copy that gets the piece 7 is killed by it."""
    number, mark = piece
    if number == 7 and not os.path.exists(mark):
        with open(mark, "w"):
            os.kill(os.getpid(), signal.SIGKILL)
    return number


def end_always(_: Any, piece: int) -> int:
    if piece == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return piece


def fail(_: Any, piece: int) -> int:
    if piece < 7:
        time.sleep(0.2)  # so that one that fails is done before
        return piece
    raise ModelRefused("No.", where=f"piece {piece}", safe="Yes.", remedy="Never.")


def no_classifier(model: Any) -> Any:
    raise ModelRefused("No.", where=f"{model}/weights", safe="Yes.", remedy="Never.")


@pytest.fixture
def started(tiny, nodes) -> Iterator[Any]:
    encoder = load_encoder(tiny)
    with fleet(nodes.address, encoder, tiny, load_encoder) as found:
        yield found


def test_pieces_come_back_in_their_order_and_few_are_made_before(started):
    made = []

    def pieces() -> Iterator[int]:
        for piece in range(60):
            made.append(piece)
            yield piece

    came = []
    for piece, (same, _) in started.in_turn(spell, pieces()):
        assert piece == same
        came.append(piece)
        assert len(made) - len(came) <= 3 * UNDER_WAY * 2 + 1
    assert came == made == list(range(60))


def test_a_copy_that_is_killed_costs_the_pieces_it_had(started, tmp_path):
    pieces = [(number, str(tmp_path / "mark")) for number in range(60)]
    assert [done for _, done in started.in_turn(end_once, pieces)] == list(range(60))
    assert len(started.ready) == 2


def test_a_piece_that_ends_every_copy_is_not_given_to_others_for_ever(started):
    with pytest.raises(JobRefused) as refused:
        list(started.in_turn(end_always, range(60)))
    assert_message(refused.value, f"{TRIES} copies of the model ended", "", "", "Ray's log")


def test_what_goes_wrong_there_is_said_as_it_is_here(started):
    with pytest.raises(ModelRefused) as refused:
        list(started.in_turn(fail, range(40)))
    assert_message(refused.value, "No.", "piece 7", "Yes.", "Never.")


def linger(_: Any, piece: int) -> int:
    if piece == 0:
        time.sleep(3)
        raise ModelRefused("No.", where="piece 0", safe="Yes.", remedy="Never.")
    return piece


def test_pieces_that_take_long_are_handed_back_as_they_are_done(started):
    turns = started.as_done(linger, range(3))
    assert {next(turns), next(turns)} == {(1, 1), (2, 2)}
    with pytest.raises(ModelRefused):
        next(turns)
    assert sorted(done for done, _ in started.as_done(spell, range(40))) == list(range(40))


def test_what_comes_before_a_piece_that_fails_is_handed_back(started):
    turns = started.in_turn(fail, range(40))
    assert [next(turns)[0] for _ in range(7)] == list(range(7))
    with pytest.raises(ModelRefused):
        next(turns)


def test_a_node_that_dies_costs_the_pieces_it_had(tiny, nodes):
    dying = nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    seen = []
    with fleet(nodes.address, load_encoder(tiny), tiny, load_encoder) as found:
        for piece, _ in found.in_turn(spell, range(400)):
            seen.append(piece)
            if piece == 100:
                nodes.remove_node(dying, allow_graceful=False)
    assert seen == list(range(400))


def test_a_model_that_cannot_be_loaded_there_says_why(tiny, nodes):
    with (
        pytest.raises(ModelRefused) as refused,
        fleet(nodes.address, load_encoder(tiny), tiny, no_classifier),
    ):
        pass
    assert_message(refused.value, "No.", f"{tiny}/weights", "Yes.", "Never.")


def test_another_model_there_is_refused(tiny, tmp_path, nodes):
    larger = str(new_classifier(tmp_path / "m", TEXTS, ("no", "yes"), replace(SMALL, hidden=48)))

    def other(_: Any) -> Any:
        return load_encoder(larger)

    with (
        pytest.raises(JobRefused, match="another model"),
        fleet(nodes.address, load_encoder(tiny), tiny, other),
    ):
        pass


def test_another_labelviz_there_is_refused(tiny, nodes, monkeypatch):
    monkeypatch.setattr(cluster, "version", lambda _: "0.0.0")
    with (
        pytest.raises(JobRefused, match=r"labelviz \S+, and this machine 0.0.0"),
        fleet(nodes.address, load_encoder(tiny), tiny, load_encoder),
    ):
        pass


def test_a_cluster_without_free_cores_is_not_waited_for_without_end(tiny, nodes, monkeypatch):
    encoder = load_encoder(tiny)
    with fleet(nodes.address, encoder, tiny, load_encoder) as found:
        while found.coming:
            found.welcome(ray.wait(list(found.coming))[0][0])
        assert len(found.ready) == 3
        monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 2.0)
        monkeypatch.setattr(cluster, "_connected", lambda _: ray)
        monkeypatch.setattr(ray, "shutdown", lambda: None)
        with (
            pytest.raises(JobRefused, match="had no room for the model within 2 s"),
            fleet(nodes.address, encoder, tiny, load_encoder),
        ):
            pass
        monkeypatch.undo()


def test_a_cluster_that_is_not_there_is_said(tiny):
    with (
        pytest.raises(JobRefused) as refused,
        fleet("127.0.0.1:1", load_encoder(tiny), tiny, load_encoder),
    ):
        pass
    assert_message(refused.value, "cannot be reached", "127.0.0.1:1", "Nothing", "ray start")


def test_without_ray_it_is_said_how_to_have_it(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(JobRefused) as refused,
        fleet("ray", load_encoder(tiny), tiny, load_encoder),
    ):
        pass
    assert_message(refused.value, "not installed", "", "Nothing", "labelviz[cluster]")


# Where there is hardware that is not here.


def ready(**changes: Any) -> cluster.Ready:
    plain = cluster.Ready("node", "cuda", "bfloat16", "hash")
    return replace(plain, **changes)


def test_what_only_some_can_nobody_is_asked_to_do_and_it_is_settled_once(tiny):
    found = cluster.Fleet(load_encoder(tiny), {1: ready(), 2: ready(device="cpu")})
    assert (found.device, found.fastest, found.tokenises) == ("cpu", "bfloat16", False)
    del found.ready[2]
    assert (found.device, found.tokenises) == ("cpu", False), "nothing changes under a prediction"
    found = cluster.Fleet(load_encoder(tiny), {1: ready(), 2: ready()})
    assert (found.device, found.fastest, found.tokenises) == ("cuda", "bfloat16", True)


def test_who_can_less_than_was_settled_comes_too_late(tiny, monkeypatch):
    encoder = load_encoder(tiny)
    known = ready(behaviour=encoder.behaviour_hash)
    said = {"weak": replace(known, fastest="float32"), "strong": known}
    monkeypatch.setattr(ray, "get", said.__getitem__)
    found = cluster.Fleet(encoder, {0: known}, {"weak": 1, "strong": 2})
    assert found.device == "cuda"
    for told in ("weak", "strong"):
        found.welcome(told)
    assert list(found.ready) == [0, 2]


def test_a_node_that_is_gone_takes_all_of_its_copies_and_blames_no_piece(tiny, monkeypatch):
    there = [{"NodeID": "a", "Alive": False}, {"NodeID": "b", "Alive": True}]
    monkeypatch.setattr(ray, "nodes", lambda: there)
    every = {n: ready(node="a" if n < 3 else "b") for n in range(6)}
    found = cluster.Fleet(load_encoder(tiny), every)
    assert not found.bury(0, OSError("gone"))
    assert list(found.ready) == [3, 4, 5]
    assert found.bury(3, OSError("gone")), "its node is there: the piece may have ended it"


def test_gpus_have_a_copy_each_and_where_there_is_none_some_cores():
    def node(name: str, alive: bool = True, **has: float) -> dict[str, Any]:
        return {"NodeID": name, "Alive": alive, "Resources": has}

    cores = [
        node("cores", CPU=20.0), node("small", CPU=2.0), node("gone", alive=False, GPU=8.0),
        node("head", CPU=0.0),
    ]  # fmt: skip
    assert list(cluster._rooms(SimpleNamespace(nodes=lambda: cores))) == [
        *[("cores", {"num_cpus": 6})] * 3, ("small", {"num_cpus": 2}),
    ]  # fmt: skip
    gpus = [node("gpus", CPU=16.0, GPU=4.0), *cores, node("bare", GPU=1.0)]
    assert list(cluster._rooms(SimpleNamespace(nodes=lambda: gpus))) == [
        *[("gpus", {"num_cpus": 4, "num_gpus": 1})] * 4,
        ("bare", {"num_cpus": 0, "num_gpus": 1}),
    ]


def test_what_ray_says_is_said_whole_and_without_colours():
    said = RuntimeError("\x1b[36mThe actor died.\x1b[39m\n  It was\n\tkilled.")
    assert cluster._words(said) == "The actor died. It was killed."
    assert len(cluster._words(RuntimeError("x" * 9_000))) == cluster.LONGEST_WORDS + 1


def test_only_what_a_model_is_read_from_is_carried(tiny, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "optimizer.pt").write_bytes(b"large")
    (tmp_path / "checkpoints").mkdir()
    assert cluster._files(tmp_path) == {"config.json": b"{}"}


def test_a_folder_at_home_is_carried_and_a_hub_id_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    assert cluster._files("~/model") == {"config.json": b"{}"}
    assert cluster._files("owner/name") is None


def test_the_precision_asked_for_here_is_that_of_the_nodes(tiny, on, monkeypatch):
    monkeypatch.setenv(VARIABLE, "auto")
    asked = predict(dataset_of([0, 1]), tiny, use=replace(on, precision="bfloat16"))
    assert asked.provenance.computed.why == "Computed in bfloat16, as asked for."
