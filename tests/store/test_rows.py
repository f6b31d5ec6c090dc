from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labelviz.core.decisions import Decision, Review, changes_of
from labelviz.core.statuses import Statuses
from labelviz.store import DecisionStore
from labelviz.store.database import parse_address
from labelviz.store.rows import changes, content_hash, rebuild, row_of, stand, standing_rows
from labelviz.store.schema import EVENTS, METADATA, STANDING
from tests import postgres
from tests.conftest import CLASSES, dataset_of, decision_of

DATA = dataset_of([0, 1, 0])

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
    number = int(name.removeprefix("op"))
    texts = {"sample_hash": "of other texts"} if number % 5 == 4 else {}
    label = CLASSES[number % 2]
    decision = decision_of(name, sample, label=(label,), reviewer=who, **texts)
    if step == "bulk":
        return [
            replace(decision, operation=f"{name}-{each}", sample=each, action=name)
            for each in ("s0", "s1", "s2")
        ]
    if step in ("decide", "final"):
        return [replace(decision, final=step == "final")]
    undone, redone = review.undoable(who), review.redoable(who)
    back = "op1"  # whatever that was, and whosever
    if step == "undo" and undone:
        back = undone.step
    if step == "redo" and redone:
        back = redone.operation
    return [decision_of(name, sample, "undo", undoes=back, reviewer=who)]


@dataclass
class Reader:
    """Somebody who reads only what is new, after every so many steps."""

    pace: int
    review: Review = field(default_factory=lambda: Review(DATA))
    statuses: Statuses = field(default_factory=lambda: Statuses.of(Review(DATA)))

    def read(self, connection: sa.Connection) -> None:
        told = changes(connection, self.review.sequence)
        self.review = self.review.after(told)
        self.statuses = self.statuses.after(self.review, told.samples)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def tables(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """Empty tables, in memory or on a server."""
    if request.param == "sqlite":
        engine = sa.create_engine("sqlite://")
    else:
        server: postgres.Server = request.getfixturevalue("server")
        engine = sa.create_engine(parse_address(server.empty_database(), "the test"))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


@pytest.mark.bad_input("I18")
@settings(max_examples=25)  # `make faults` follows histories of a thousand steps
@given(steps=STEPS)
@example(
    steps=[
        ("decide", "ann", "s0"), ("decide", "bob", "s1"), ("bulk", "ann", "s0"),
        ("undo", "ann", "s0"), ("decide", "ann", "s1"),
    ]
)  # fmt: skip
@example(  # two tabs take the same back, and one of them takes that back
    steps=[("decide", "ann", "s0"), ("stray", "ann", "s0"), ("stray", "ann", "s0"),
           ("redo", "ann", "s0"), ("stray", "ann", "s0"), ("redo", "ann", "s0")],
)  # fmt: skip
def test_whoever_reads_only_what_is_new_knows_what_a_replay_of_the_whole_history_finds(
    tables: sa.Engine, steps
):
    readers, events = [Reader(pace) for pace in (1, 2, 3, 5)], []
    with tables.connect() as connection:  # what is done is not committed
        for number, (step, who, sample) in enumerate(steps, start=1):
            made = made_by(step, f"op{number}", who, sample, Review(DATA, events))
            made = [replace(e, sequence=len(events) + n) for n, e in enumerate(made, start=1)]
            numbered = [{**row_of(e), "sequence": e.sequence, "decided_at": ""} for e in made]
            connection.execute(EVENTS.insert(), numbered)
            stand(connection, made)
            events += made
            fresh = Review(DATA, events)
            for reader in readers:
                if number % reader.pace and number < len(steps):
                    continue
                reader.read(connection)
                known = reader.review
                assert known.sequence == fresh.sequence
                assert (known._latest, known._people) == (fresh._latest, fresh._people)
                _assert_same(reader.statuses, Statuses.of(fresh))
        assert changes(connection, 0) == changes_of(events)
        kept = connection.execute(sa.select(STANDING).order_by(STANDING.c.sequence))
        assert [row._asdict() for row in kept] == list(standing_rows(events))


def _assert_same(one: Statuses, other: Statuses) -> None:
    for name in ("status", "wrong", "answers"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for who in one.deciders.keys() | other.deciders.keys():
        np.testing.assert_array_equal(one.by(who), other.by(who))


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
