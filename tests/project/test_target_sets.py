from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labelviz.errors import RequestRefused, StepMissing, TargetsRefused, WorkspaceRefused
from labelviz.project.workspace import Workspace
from tests.conftest import REVIEWS
from tests.project.conftest import Write, decide


def test_a_set_is_kept_with_every_version_and_made_again_as_it_was(predicted: Workspace):
    sets = predicted.sets
    predicted.set_policy("dynamic:max=0.2")
    before = predicted.targets()
    first = sets.keep("careful")
    assert (first.version, first.policy, first.last_decision) == (1, "dynamic:max=0.2", 0)
    decide(predicted, "1", "4", "choose", label=("no",))
    predicted.set_policy("smooth:off=0.3")
    assert sets.keep("careful").version == 2
    again = Workspace(predicted.path).sets
    assert [each.policy for each in again.kept["careful"]] == ["dynamic:max=0.2", "smooth:off=0.3"]
    assert again.targets("@careful@1").values.tolist() == before.values.tolist()
    assert again.targets("@careful").values.tolist() == predicted.targets().values.tolist()
    assert again.targets("@careful@1").source.tolist() == before.source.tolist()


def test_the_reviews_in_targets_are_those_of_their_time(predicted: Workspace):
    sets = predicted.sets
    sets.keep("mine")
    decide(predicted, "1", "4", "choose", label=("no",))
    first = datetime.now(UTC) + timedelta(seconds=1)
    assert sets.reviews("@mine", first).samples == set()
    assert sets.reviews("hard", first).samples == {"4"}
    sets.keep("mine")
    assert sets.reviews("@mine", first).samples == {"4"}
    assert sets.reviews("@mine@1", first).samples == set()
    before = datetime.now(UTC) - timedelta(hours=1)
    assert sets.reviews("hard", before).samples == set()


def test_of_several_versions_the_one_of_the_moment_counts(predicted: Workspace):
    sets = predicted.sets
    old = sets.keep("mine")
    decide(predicted, "1", "4", "choose", label=("no",))
    sets.keep("mine")
    kept = predicted.folder.state["target_sets"]["mine"]
    versions = [
        {**each, "kept_at": f"2026-0{n}-01T00:00:00+00:00"} for n, each in enumerate(kept, 1)
    ]
    predicted.folder.change(target_sets={"mine": versions})
    assert old.version == 1
    between = datetime(2026, 1, 15, tzinfo=UTC)
    assert sets.reviews("@mine", between).samples == set()
    assert sets.reviews("@mine", datetime(2026, 2, 15, tzinfo=UTC)).samples == {"4"}


def test_what_a_text_means_is_a_name_a_version_or_a_policy(predicted: Workspace):
    sets = predicted.sets
    predicted.set_policy("smooth:off=0.2")
    sets.keep("mild")
    predicted.folder.settings.write_text('[targets]\nwild = "smooth:off=0.4 + duplicates"\n')
    assert str(sets.policy("@mild")) == str(sets.policy("@mild@1")) == "smooth:off=0.2"
    assert str(sets.policy("@wild")) == "smooth:off=0.4 + duplicates:power=1"
    assert str(sets.policy("hard")) == "hard"
    for none in ("@mild@2", "@mild@x", "@nobody", "mild"):
        with pytest.raises(TargetsRefused):
            sets.policy(none)
    assert sets.targets("@wild").values.max() == pytest.approx(0.6)
    predicted.folder.settings.write_text("[targets]\nwild = 3\n")
    with pytest.raises(WorkspaceRefused, match="something else than a policy"):
        sets.policy("@wild")


@pytest.mark.parametrize("name", ["", " ", "a@b", "x" * 101])
def test_a_name_that_means_something_else_is_refused(predicted: Workspace, name: str):
    with pytest.raises(RequestRefused):
        predicted.sets.keep(name)
    assert predicted.sets.kept == {}


def test_two_sets_are_compared_row_by_row(predicted: Workspace):
    predicted.set_policy("smooth:off=0.1")
    predicted.sets.keep("mild")
    decide(predicted, "1", "4", "exclude")
    found = predicted.sets.compare("@mild", "smooth:off=0.3")
    assert found.distance == pytest.approx([0.2] * 3 + [0.2] * 3)
    assert found.reweighed.sum() == 1
    assert not predicted.sets.compare("@mild", "@mild@1").changed.any()


def test_a_set_of_another_dataset_or_lost_probabilities_is_not_made(
    predicted: Workspace, write: Write
):
    predicted.set_policy("dynamic")
    predicted.sets.keep("careful")
    predicted.load(
        write(REVIEWS.replace("good film", "fine film")), predicted.data.columns, replace=True
    )
    with pytest.raises(StepMissing, match="another version of this dataset"):
        predicted.sets.targets("@careful")
