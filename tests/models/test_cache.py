from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.errors import JobRefused, WorkspaceRefused
from labelviz.models import cache
from labelviz.models.cache import KEY, Shelf, distinct_inputs, plan_name
from tests.conftest import assert_message

BUDGET = 64


def keys_of(*names):
    return np.array([name.encode().ljust(16, b".") for name in names], dtype=KEY)


KEYS = keys_of("a", "b", "c", "d")
LOGITS = np.arange(8, dtype=np.float32).reshape(4, 2) / 3


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "cache").mkdir()
    return Shelf(tmp_path / "cache", 2)


def fill(shelf, keys=KEYS, logits=LOGITS, note=None):
    plan = shelf.begin(keys, BUDGET, note)
    plan.add(keys, logits)
    plan.finish()


def test_what_was_finished_is_kept(shelf):
    fill(shelf, note={"samples": 4})
    assert shelf.missing(keys_of("a", "bb", "d", "e")).tolist() == [1, 3]
    np.testing.assert_array_equal(shelf.logits(KEYS[[3, 0]]), LOGITS[[3, 0]])
    assert shelf.notes() == [{"samples": 4}]


def test_an_empty_shelf_lacks_everything(shelf):
    assert shelf.missing(KEYS).tolist() == [0, 1, 2, 3]
    assert shelf.logits(KEYS[:0]).shape == (0, 2)


def test_what_is_not_kept_is_not_answered_by_its_neighbour(shelf):
    shelf.begin(KEYS[:2], BUDGET, None).add(KEYS[:2], LOGITS[:2])
    shelf.absorb_others(KEYS, BUDGET)
    for lacking in (KEYS[2:3], KEYS[3:]):
        with pytest.raises(ValueError, match="nothing is kept"):
            shelf.logits(lacking)


def test_a_stopped_plan_goes_on_after_its_last_batch(shelf):
    shelf.begin(KEYS, BUDGET, None).add(KEYS[:3], LOGITS[:3])
    assert shelf.missing(KEYS).tolist() == [0, 1, 2, 3]
    assert shelf.stopped(KEYS[:3], BUDGET) is None
    assert shelf.stopped(KEYS, BUDGET + 1) is None
    plan = shelf.stopped(KEYS, BUDGET)
    assert plan.done == 3
    plan.add(KEYS[3:], LOGITS[3:])
    plan.finish()
    np.testing.assert_array_equal(shelf.logits(KEYS), LOGITS)


@given(st.data())
def test_a_torn_or_damaged_file_keeps_the_batches_before(tmp_path_factory, data):
    shelf = Shelf(tmp_path_factory.mktemp("cache"), 2)
    plan = shelf.begin(KEYS, BUDGET, None)
    sizes = []
    for row in range(4):
        sizes.append(plan.path.stat().st_size)
        plan.add(KEYS[[row]], LOGITS[[row]])
    content = plan.path.read_bytes()
    place = data.draw(st.integers(sizes[0], len(content) - 1))
    whole = sum(size <= place for size in sizes) - 1
    if data.draw(st.booleans()):
        plan.path.write_bytes(content[:place])
    else:
        flipped = bytes([content[place] ^ 0xFF])
        plan.path.write_bytes(content[:place] + flipped + content[place + 1 :])
    again = shelf.stopped(KEYS, BUDGET)
    assert again.done == whole
    again.add(KEYS[whole:], LOGITS[whole:])
    again.finish()
    np.testing.assert_array_equal(shelf.logits(KEYS), LOGITS)


def test_a_plan_whose_first_frame_is_torn_begins_anew(shelf):
    plan = shelf.begin(KEYS, BUDGET, None)
    plan.path.write_bytes(plan.path.read_bytes()[:7])
    assert shelf.stopped(KEYS, BUDGET) is None
    fill(shelf)
    np.testing.assert_array_equal(shelf.logits(KEYS), LOGITS)


def test_a_stopped_plan_for_other_inputs_is_not_lost(shelf):
    shelf.begin(KEYS[:3], BUDGET, None).add(KEYS[:2], LOGITS[:2])
    assert not shelf.absorb_others(KEYS[:3], BUDGET)
    assert shelf.absorb_others(KEYS, BUDGET)
    assert shelf.missing(KEYS).tolist() == [2, 3]
    assert not shelf.absorb_others(KEYS, BUDGET)


def test_two_runs_at_once_are_refused(shelf):
    with shelf.locked(), pytest.raises(JobRefused) as refused, shelf.locked():
        pass
    assert_message(refused.value, "Another prediction", "cache", "", "Wait")
    with shelf.locked():
        pass


@pytest.mark.bad_input("H05")
def test_a_full_disk_stops_and_keeps_the_batches_before(shelf, monkeypatch):
    plan = shelf.begin(KEYS, BUDGET, None)
    plan.add(KEYS[:1], LOGITS[:1])

    def full(payload):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cache, "_frame", full)
        with pytest.raises(WorkspaceRefused) as refused:
            plan.add(KEYS[1:], LOGITS[1:])
    assert_message(refused.value, "No space left", "part", "batches before", "goes on")
    assert shelf.stopped(KEYS, BUDGET).done == 1


def test_a_plan_is_known_by_its_inputs_and_its_budget():
    names = {plan_name(KEYS, 64), plan_name(KEYS[:3], 64), plan_name(KEYS, 65)}
    assert len(names) == 3


def test_the_same_input_is_found_again():
    inputs = distinct_inputs([strings(["x", "y", "x", "x"]), strings(["1", "1", "1", "2"])])
    assert len(inputs.keys) == 3
    assert inputs.of[0] == inputs.of[2]
    assert sorted(inputs.rows.tolist()) == [0, 1, 3]
    np.testing.assert_array_equal(
        inputs.keys[inputs.of[[0, 1, 3]]], inputs.keys[inputs.of][[0, 1, 3]]
    )


def test_where_one_text_ends_and_the_next_begins_counts():
    inputs = distinct_inputs([strings(["ab", "a", ""]), strings(["c", "bc", "abc"])])
    assert len(inputs.keys) == 3


@given(st.permutations(["x", "y", "x", "", "短", "xy"]))
def test_the_order_of_inputs_does_not_depend_on_that_of_samples(texts):
    inputs, same = distinct_inputs([strings(texts)]), distinct_inputs([strings(sorted(texts))])
    np.testing.assert_array_equal(inputs.keys, same.keys)
    assert [texts[row] for row in inputs.rows] == [sorted(texts)[row] for row in same.rows]
    assert [texts[inputs.rows[k]] for k in inputs.of] == texts


def test_a_folder_that_takes_no_lock_is_told(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(WorkspaceRefused) as refused, Shelf(tmp_path / "cache" / "x", 2).locked():
        pass
    assert_message(refused.value, "cannot be written", "cache", "unharmed", "Check the folder")
