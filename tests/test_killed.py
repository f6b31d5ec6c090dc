from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests import killed
from tests.killed import COMMANDS, House


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
    left: list[killed.State] = []
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
