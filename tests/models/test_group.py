from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.models.group import ALONE, Group, joined


@given(st.integers(1, 9), st.lists(st.integers(), max_size=30))
def test_shares_are_all_there_is_to_do_and_nothing_twice(size: int, items: list[int]):
    shares = [list(Group(rank, size).share(items)) for rank in range(size)]
    assert sorted(each for share in shares for each in share) == sorted(items)
    counts = list(map(len, shares))
    assert max(counts) - min(counts) <= 1
    assert [Group(rank, size).first for rank in range(size)] == [True] + [False] * (size - 1)


def test_alone_a_sum_is_what_was_there():
    values = np.array([1.5, np.nan])
    assert ALONE.gathered(values) is values
    assert ALONE.added([1, 0.5]) == [1, 0.5]
    ALONE.add([])
    ALONE.wait()


def test_who_was_not_works_alone(monkeypatch: pytest.MonkeyPatch):
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "LABELVIZ_STORE"):
        monkeypatch.delenv(name, raising=False)
    with joined() as group:
        assert group == ALONE
