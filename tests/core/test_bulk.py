from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.bulk import Bulk, Known, alike, bulk_decisions
from labelviz.core.dataset import MISSING
from labelviz.core.suspicion import Suspicion
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of

DATA = dataset_of([0, 1, MISSING, 1])
FLAGS = Suspicion(
    np.array([0.1, 0.9, 0.5, 0.2]), np.array([False, True, False, False]), np.array([0, 0, 1, 1]),
    strings([""] * 4), ("test",), DATA.fingerprint, "opinion",
)  # fmt: skip
KNOWN = Known(DATA, FLAGS, make_targets(DATA, parse_policy("smooth:off=0.1")))


def said(bulk: Bulk, known: Known = KNOWN) -> list[tuple[object, ...]]:
    made = bulk_decisions(bulk, range(4), known, "ann")
    assert len({each.action for each in made}) <= 1
    assert len({each.operation for each in made}) == len(made)
    assert all((each.reviewer, each.note) == ("ann", bulk.note) for each in made)
    assert all(each.sample_hash == DATA.sample_hash(DATA.rows[each.sample]) for each in made)
    return [(each.sample, each.verdict, each.label or each.target) for each in made]


def test_keeping_passes_over_samples_without_a_label():
    assert said(Bulk("keep")) == [
        ("s0", "keep", ("no",)), ("s1", "keep", ("yes",)), ("s3", "keep", ("yes",)),
    ]  # fmt: skip


def test_accepting_takes_only_what_is_suggested_instead():
    assert said(Bulk("accept")) == [("s1", "accept", ("no",)), ("s2", "accept", ("yes",))]
    assert said(Bulk("accept"), Known(DATA, None, KNOWN.policy)) == []


def test_a_label_or_a_target_goes_on_every_sample():
    assert {each[1:] for each in said(Bulk("choose", label=("no",)))} == {("choose", ("no",))}
    target = {"no": 0.3, "yes": 0.7}
    assert [each[2] for each in said(Bulk("soften", target=target))] == [target] * 4
    assert [each[1] for each in said(Bulk("exclude", note="why"))] == ["exclude"] * 4


def test_the_policy_is_frozen_as_it_is_now():
    frozen = [each[2] for each in said(Bulk("policy"))]
    assert frozen[0] == pytest.approx({"no": 0.9, "yes": 0.1})
    assert frozen[2] == pytest.approx({"no": 0.5, "yes": 0.5})


def test_copies_are_decided_alike_and_only_where_nothing_stands():
    kept = decision_of("op", "s0", "keep", label=("no",), sequence=7, blind=True, note="why")
    (one, two) = alike(kept, [1, 3], DATA)
    assert (one.sample, one.verdict, one.label, one.note) == ("s1", "choose", ("no",), "why")
    assert one.action == two.action
    assert (one.expected, one.sequence, one.blind) == (0, 0, False)
    softened = decision_of("op", "s0", "soften", target={"no": 1.0})
    assert alike(softened, [1], DATA)[0].target == {"no": 1.0}
