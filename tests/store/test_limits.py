from __future__ import annotations

from dataclasses import replace

import pytest

from labelviz.errors import NotSaved
from labelviz.store import Claim, DecisionStore, Draft, limits
from tests.conftest import assert_message, decision_of, texts_of

NAME, ID, NOTE = limits.LONGEST_NAME, limits.LONGEST_ID, limits.LONGEST_NOTE
FIELDS = {
    "reviewer": NAME, "note": NOTE, "operation": ID, "sample": ID, "sample_hash": ID, "action": ID,
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_the_longest_text_is_saved_and_one_character_more_is_not(store: DecisionStore, field: str):
    said = replace(decision_of("1"), **{field: "x" * FIELDS[field]})
    assert getattr(store.record(said), field) == "x" * FIELDS[field]
    with pytest.raises(NotSaved) as refused:
        store.record(replace(said, **{"operation": "2", field: "x" * (FIELDS[field] + 1)}))
    assert len(str(refused.value)) < 300
    assert len(store.events()) == 1


def test_an_undo_names_no_endless_action(store: DecisionStore):
    with pytest.raises(NotSaved, match="over 1,000"):
        store.record(decision_of("1", verdict="undo", undoes="x" * (ID + 1)))


def test_one_long_note_refuses_a_bulk_action_whole(store: DecisionStore):
    short = decision_of("1", "s1", action="all")
    with pytest.raises(NotSaved, match="10,000"):
        store.record_all([short, decision_of("2", "s2", action="all", note="x" * (NOTE + 1))])
    assert store.events() == ()


@pytest.mark.parametrize(
    "draft",
    [
        Draft("x" * (NAME + 1), "s1", "1", {}),
        Draft("ann", "x" * (ID + 1), "1", {}),
        Draft("ann", "s1", "x" * (ID + 1), {}),
        Draft("ann", "s1", "1", {"share no": 0.5, "note": "x" * (NOTE + 1)}),
    ],
)
def test_no_draft_is_kept_with_a_text_that_is_too_long(store: DecisionStore, draft: Draft):
    with pytest.raises(NotSaved, match="over"):
        store.drafts.keep(draft)


@pytest.mark.parametrize("name", ["a\x00nn", "ann\n", "\ud800"])
def test_a_name_that_cannot_be_read_is_refused_before_any_database_sees_it(
    store: DecisionStore, name: str
):
    with pytest.raises(NotSaved, match="cannot be read") as refused:
        store.leases.claim(Claim(name, ["s1"], 1, 60, texts=texts_of))
    safe = "Nothing of it was saved"
    assert_message(refused.value, "NOT saved", ascii(name), safe, "Use a name of letters.")
    with pytest.raises(NotSaved, match="cannot be read"):
        store.assignments.assign([("s1", name)])
    with pytest.raises(NotSaved, match="cannot be read"):
        store.record(decision_of("1", reviewer=name))


def test_nobody_holds_or_is_dealt_a_card_under_an_endless_name(store: DecisionStore):
    name = "x" * (NAME + 1)
    with pytest.raises(NotSaved, match="name"):
        store.leases.claim(Claim(name, ["s1"], 1, 60, texts=texts_of))
    with pytest.raises(NotSaved, match="name"):
        store.assignments.assign([("s1", name)])
    with pytest.raises(NotSaved, match="id"):
        store.assignments.assign([("x" * (ID + 1), "ann")])
    assert store.leases.holders("s1") == ()
    assert not store.assignments.exist()


@pytest.mark.parametrize("note", ["a\x00b", "half \ud83d"])
def test_a_note_that_no_export_could_keep_is_refused(store: DecisionStore, note: str):
    with pytest.raises(NotSaved, match="no file can keep"):
        store.record(decision_of("1", note=note))
    with pytest.raises(NotSaved, match="no file can keep"):
        store.drafts.keep(Draft("ann", "s1", "1", {"note": note}))
    lines = "two\nlines, a\ttab and 😀"
    assert store.record(decision_of("1", note=lines)).note == lines


@pytest.mark.parametrize("operation", ["a\x00b", "\ud83d"])
def test_an_id_that_cannot_be_read_is_refused(store: DecisionStore, operation: str):
    with pytest.raises(NotSaved, match="cannot be read"):
        store.record(decision_of(operation))
    assert store.events() == ()
