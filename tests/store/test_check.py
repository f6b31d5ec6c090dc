from __future__ import annotations

import pytest
import sqlalchemy as sa

from labelviz.store import DecisionStore
from labelviz.store.check import check_store
from tests.conftest import decision_of


def unsound(store: DecisionStore) -> dict[str, str]:
    return {finding.about: finding.words for finding in check_store(store) if not finding.sound}


@pytest.fixture
def filled(store: DecisionStore) -> DecisionStore:
    for number in range(4):
        store.record(decision_of(str(number), f"s{number}"))
    store.record(decision_of("undo", "s3", "undo", undoes="3"))
    store.keeper.keep()
    return store


def test_a_sound_store_is_called_sound(filled: DecisionStore):
    assert unsound(filled) == {}
    assert (
        "5 events, numbered without a gap"
        in {f.about: f.words for f in check_store(filled)}["decisions"]
    )


@pytest.mark.parametrize(
    ("damage", "about", "words"),
    [
        ("DELETE FROM standing WHERE sequence = 2", "what stands", "NOT what the events say"),
        ("UPDATE standing SET undone_by = ''", "what stands", "NOT what the events say"),
        ("UPDATE event SET reviewer = 'bob' WHERE sequence = 1", "journal", "1 differ"),
        (
            "DELETE FROM standing WHERE sequence = 2; DELETE FROM event WHERE sequence = 2",
            "journal",
            "lacks 1 of them, first 2",
        ),
        (
            "DELETE FROM standing WHERE sequence = 2; DELETE FROM event WHERE sequence = 2",
            "decisions",
            "some numbers are missing",
        ),
    ],
)
def test_what_was_changed_behind_our_back_is_found(filled: DecisionStore, damage, about, words):
    with filled.database.writing() as connection:
        for statement in damage.split("; "):
            connection.execute(sa.text(statement))
    assert words in unsound(filled)[about]
