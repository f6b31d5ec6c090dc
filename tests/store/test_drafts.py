from __future__ import annotations

import pytest

from labelviz.errors import NotSaved
from labelviz.store import DecisionStore, Draft


@pytest.mark.bad_input("I05")
def test_the_latest_draft_comes_back_to_its_reviewer_alone(
    store: DecisionStore, address, open_store
):
    store.drafts.keep(Draft("ann", "s0", "op", {"share-0": 0.25, "note": "a", "light": True}))
    store.drafts.keep(Draft("ann", "s0", "op", {"share-0": 0.3, "note": "中\x1f"}))
    again = open_store(address)
    assert again.drafts.of("ann", "s0") == Draft(
        "ann", "s0", "op", {"share-0": 0.3, "note": "中\x1f"}
    )
    assert again.drafts.of("bob", "s0") is None
    assert again.drafts.of("ann", "s1") is None


def test_a_draft_that_is_no_json_is_not_kept(file_store: DecisionStore):
    with pytest.raises(NotSaved, match="not JSON compliant"):
        file_store.drafts.keep(Draft("ann", "s0", "op", {"share-0": float("nan")}))
    assert file_store.drafts.of("ann", "s0") is None
