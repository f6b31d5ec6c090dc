from __future__ import annotations

import errno
import json
import pickle
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from labelviz.core.files import sha256
from labelviz.errors import WorkspaceRefused
from labelviz.models import checkpoints
from labelviz.models.checkpoints import State, restore, restore_best, save


def network(seed=0):
    """A small network and its optimiser after one step."""
    torch.manual_seed(seed)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    return model, optimizer


def step(model, optimizer):
    model(torch.ones(1, 3)).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def weights(model):
    return [tensor.clone() for tensor in model.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_a_restored_run_takes_the_same_next_step(tmp_path):
    model, optimizer = network()
    step(model, optimizer)
    save(tmp_path, State(step=1, best_step=1, best_loss=0.5, rows=[{"step": 1}]), model, optimizer)
    step(model, optimizer)
    other, fresh = network(seed=1)
    state = restore(tmp_path, other, fresh)
    assert state == State(step=1, best_step=1, best_loss=0.5, rows=[{"step": 1}])
    step(other, fresh)
    assert same(weights(other), weights(model))


def test_nothing_to_restore(tmp_path):
    assert restore(tmp_path / "none", *network()) is None
    assert restore(tmp_path, *network()) is None


def test_only_the_newest_is_kept_and_the_best_weights_with_it(tmp_path):
    model, optimizer = network()
    kept = {}
    for number, best in ((2, 2), (4, 4), (6, 4)):
        step(model, optimizer)
        kept[number] = weights(model)
        save(tmp_path, State(step=number, best_step=best), model, optimizer)
    assert [each.name for each in tmp_path.iterdir()] == ["000006"]
    restore(tmp_path, model, optimizer)
    assert same(weights(model), kept[6])
    restore_best(tmp_path, model)
    assert same(weights(model), kept[4])


@pytest.fixture
def two(tmp_path):
    """A folder with complete checkpoints of steps 1 and 2."""
    model, optimizer = network()
    save(tmp_path, State(step=1, best_step=1), model, optimizer)
    shutil.copytree(tmp_path / "000001", tmp_path / "kept")
    step(model, optimizer)
    save(tmp_path, State(step=2, best_step=2), model, optimizer)
    (tmp_path / "kept").rename(tmp_path / "000001")
    return tmp_path


def restored_step(folder):
    state = restore(folder, *network())
    return None if state is None else state.step


def test_the_newest_of_two_wins(two):
    assert restored_step(two) == 2


@pytest.mark.bad_input("K02")
@pytest.mark.parametrize("name", ["model", "best", "optimizer", "state", "manifest"])
def test_a_checkpoint_that_lacks_a_file_is_passed_over(two, name):
    next((two / "000002").glob(f"{name}.*")).unlink()
    assert restored_step(two) == 1


@pytest.mark.bad_input("K02")
def test_a_checkpoint_that_was_damaged_is_passed_over(two):
    file = two / "000002" / "optimizer.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert restored_step(two) == 1


@pytest.mark.bad_input("K02")
@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"model.safetensors": 1}', '{"../x": [1, "a"]}']
)
def test_a_manifest_that_says_nothing_true(two, content):
    (two / "000002" / "manifest.json").write_text(content)
    assert restored_step(two) == 1


@pytest.mark.bad_input("K05")
def test_a_checkpoint_of_another_program_is_no_checkpoint_and_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    theirs = tmp_path / "checkpoint" / "000500"
    theirs.mkdir(parents=True)
    for name in ("optimizer.pt", "rng_state.pth", "scheduler.pt", "optimizer.safetensors"):
        (theirs / name).write_bytes(pickle.dumps(Trap()))
    (theirs / "trainer_state.json").write_text('{"global_step": 500}')
    (theirs / "state.json").write_text('{"step": 500}')
    assert restored_step(theirs.parent) is None
    listed = {each.name: sha256(each) for each in theirs.iterdir()}
    (theirs / "manifest.json").write_text(json.dumps(listed))
    assert restored_step(theirs.parent) is None
    assert not restore_best(theirs.parent, network()[0])
    assert not (tmp_path / "sprung").exists()


@pytest.mark.bad_input("K02")
def test_an_unfinished_checkpoint_has_no_number(two):
    (two / "000002").rename(two / ".writing")
    assert restored_step(two) == 1
    model, optimizer = network()
    save(two, State(step=3, best_step=3), model, optimizer)
    assert sorted(each.name for each in two.iterdir()) == ["000003"]


@pytest.mark.bad_input("K03")
def test_the_old_one_goes_only_after_the_new_one_is_whole(two, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.json, "dumps", full)
        with pytest.raises(WorkspaceRefused, match="No space"):
            save(two, State(step=3), *network())
    assert restored_step(two) == 2
    assert not (two / ".writing").exists()


@pytest.mark.bad_input("K03")
def test_what_safetensors_says_of_a_disk_is_said_as_others_say_it(two, monkeypatch):
    words = "Error while serializing: I/O error: No space left on device (os error 28)"

    def full(*_):
        raise SafetensorError(words)

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(WorkspaceRefused, match="No space") as refused:
        save(two, State(step=3), *network())
    assert isinstance(refused.value.__cause__, OSError)
    assert refused.value.__cause__.errno == errno.ENOSPC
    assert restored_step(two) == 2
    assert not (two / ".writing").exists()  # what was begun takes no room
    words = "Error while serializing: duplicate tensors"
    with pytest.raises(SafetensorError, match="duplicate"):
        save(two, State(step=3), *network())


def test_no_links_on_the_file_system(two, monkeypatch):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(checkpoints.os, "link", unsupported)
    model, optimizer = network(seed=3)
    save(two, State(step=3, best_step=2), model, optimizer)
    other, _ = network()
    restore_best(two, other)
    assert not same(weights(other), weights(model))


def test_nothing_in_a_checkpoint_is_pickled(two):
    names = {file.name for file in (two / "000002").iterdir()}
    assert names == {
        "model.safetensors", "best.safetensors", "optimizer.safetensors",
        "state.json", "manifest.json",
    }  # fmt: skip
    manifest = json.loads((two / "000002" / "manifest.json").read_text())
    assert set(manifest) == names - {"manifest.json"}


def test_what_is_not_trained_is_not_written(tmp_path):
    model, optimizer = network()
    model.bias.requires_grad = False
    step(model, optimizer)
    save(tmp_path, State(step=1, best_step=1), model, optimizer)
    (weights_file,) = tmp_path.glob("*/model.safetensors")
    assert load_file(weights_file).keys() == {"weight"}
    other, fresh = network(seed=1)
    bias = other.bias.detach().clone()
    restore(tmp_path, other, fresh)
    assert torch.equal(other.weight, model.weight)
    assert torch.equal(other.bias, bias)
