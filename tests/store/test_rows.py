from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.decisions import Decision, Review, changes_of
from labelviz.store import DecisionStore
from labelviz.store.rows import changes, content_hash, rebuild, row_of, stand, standing_rows
from labelviz.store.schema import EVENTS, METADATA, STANDING
from tests.conftest import decision_of

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["decide", "bulk", "final", "undo", "redo", "stray"]),
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["s0", "s1", "s2"]),
    ),
    max_size=25,
)


def made_by(step: str, name: str, who: str, sample: str, review: Review) -> list[Decision]:
    """The events of one step of somebody who follows `review`."""
    decision = decision_of(name, sample, label=(name,), reviewer=who)
    if step == "bulk":
        return [
            replace(decision, operation=f"{name}-{each}", sample=each, action=name)
            for each in ("s0", "s1", "s2")
        ]
    if step in ("decide", "final"):
        return [replace(decision, final=step == "final")]
    undone, redone = review.undoable(who), review.redoable(who)
    back = "op0"  # whatever that was, and whosever
    if step == "undo" and undone:
        back = undone.step
    if step == "redo" and redone:
        back = redone.operation
    return [decision_of(name, sample, "undo", undoes=back, reviewer=who)]


@pytest.fixture(scope="module")
def tables() -> sa.Engine:
    """Empty tables in memory."""
    engine = sa.create_engine("sqlite://")
    METADATA.create_all(engine)
    return engine


@pytest.mark.bad_input("I18")
@settings(max_examples=40)
@given(steps=STEPS)
def test_what_is_kept_up_is_what_a_replay_of_the_whole_history_finds(tables: sa.Engine, steps):
    review, events = Review(), []
    with tables.connect() as connection:  # what is done is not committed
        for number, (step, who, sample) in enumerate(steps):
            made = made_by(step, f"op{number}", who, sample, review)
            made = [replace(e, sequence=len(events) + n) for n, e in enumerate(made, start=1)]
            numbered = [{**row_of(e), "sequence": e.sequence, "decided_at": ""} for e in made]
            connection.execute(EVENTS.insert(), numbered)
            stand(connection, made)
            events += made
            review = review.after(changes(connection, review.sequence))
        told = changes_of(events)
        assert changes(connection, 0) == told
        assert (review._latest, review._people) == (told.samples, told.people)
        kept = connection.execute(sa.select(STANDING).order_by(STANDING.c.sequence))
        assert [row._asdict() for row in kept] == list(standing_rows(events))


def test_what_stands_can_be_made_anew(store: DecisionStore):
    for number in range(3):
        store.record(decision_of(str(number), f"s{number}"))
    store.record(decision_of("undo", "s2", "undo", undoes="2"))
    before = store.changes()
    with store.database.writing() as connection:
        connection.execute(STANDING.delete())
        rebuild(connection)
    assert store.changes() == before


def test_a_hash_tells_content_and_not_order(store: DecisionStore):
    for number in range(3):
        store.record(decision_of(str(number), f"s{number}"))
    with store.database.writing() as connection:
        first = content_hash(connection, EVENTS)
        swap = sa.update(EVENTS).where(EVENTS.c.sequence == 3)
        connection.execute(swap.values(sample="x"))
        changed = content_hash(connection, EVENTS)
        connection.execute(swap.values(sample="s2"))
        assert content_hash(connection, EVENTS) == first
    assert first[0] == changed[0] == 3
    assert first[1] != changed[1]
