from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.errors import RequestRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import Export, SetPolicy
from tests.conftest import assert_message


def test_a_policy_is_set(workspace: Workspace):
    targets = SetPolicy(policy="smooth:off=0.1", pool=True).run(workspace)
    assert targets.policy == "smooth:off=0.1"
    assert (str(workspace.goals.policy), workspace.goals.pools) == ("smooth:off=0.1", True)
    SetPolicy(policy="hard").run(workspace)
    assert (str(workspace.goals.policy), workspace.goals.pools) == ("hard", True)


@pytest.mark.parametrize("policy", ["soft", "smooth:off=2", "smooth:of=0.1"])
def test_a_policy_that_is_none_is_refused_before_anything_begins(policy: str):
    with pytest.raises(RequestRefused) as refused:
        SetPolicy(policy=policy)
    assert refused.value.field == "policy"
    assert_message(refused.value, "", "policy", "Nothing was begun.")
    assert refused.value.remedy


def test_targets_are_exported_to_a_file_that_is_named_or_to_the_next_one(
    workspace: Workspace, tmp_path: Path
):
    assert Export(file=tmp_path / "t.csv").run(workspace).path == tmp_path / "t.csv"
    assert Export().run(workspace).path == workspace.path / "exports/targets-001.csv"
