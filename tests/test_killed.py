from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests import killed
from tests.killed import COMMANDS, House, State


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """What the commands need."""
    return killed.build(tmp_path_factory.mktemp("house"))


@pytest.mark.bad_input("H02", "H03", "N01")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_as_a_file_appears_leaves_the_old_state_or_the_new_one(
    house: House, tmp_path: Path, name: str
):
    whole = tmp_path / "whole"
    house.start(name, whole)
    old = killed.look(whole)
    assert killed.run(house.command(name, whole)).ended
    new = killed.look(whole)
    assert old != new
    left: list[State] = []
    for turn in itertools.count(1, 4 if name == "train" else 1):
        space = tmp_path / str(turn)
        house.start(name, space)
        if killed.run(house.command(name, space), fault=f"file-placed=kill:{turn}").ended:
            break
        left.append(killed.look(space))
        killed.try_all(house, space, name, ())  # `make faults` tries all of them
    assert left
    assert all(state in (old, new) for state in left)
    assert sorted(left, key=lambda state: state == new) == left


@pytest.mark.bad_input("H05", "K03")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_a_full_disk_says_so_and_leaves_what_was_there(
    house: House, tmp_path: Path, name: str
):
    turns = 0
    for turn in itertools.count(1, 3 if name == "train" else 1):
        space = tmp_path / str(turn)
        house.start(name, space)
        old = killed.look(space)
        words = killed.refused(house.command(name, space), fault=f"file-written=full:{turn}")
        if not words:
            break
        turns += 1
        assert "No space left on device" in words
        assert "Next: " in words
        assert killed.look(space) == old
        killed.try_all(house, space, name, ())  # `make faults` fills a disk
    assert turns
