from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from labelviz.store import DecisionStore
from labelviz.store.schema import EVENTS, METADATA, REVISION
from tests.conftest import decision_of

GOOD = {
    "sequence": 9, "operation": "op", "action": "op", "sample": "s", "sample_hash": "h",
    "verdict": "keep", "reviewer": "ann", "final": 0, "payload": "{}", "undoes": "",
    "expected": None, "decided_at": "now",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"operation": ""},
        {"operation": "1"},
        {"verdict": "maybe"},
        {"verdict": "undo"},
        {"undoes": "x"},
        {"reviewer": ""},
        {"final": 2},
        {"payload": "{"},
        {"payload": None},
        {"sequence": "nine"},
    ],
)
def test_the_database_itself_refuses_what_makes_no_sense(store: DecisionStore, change):
    store.record(decision_of("1"))
    with store.database.writing() as connection:
        connection.execute(EVENTS.insert().values(**GOOD))
    with pytest.raises(sa.exc.StatementError), store.database.writing() as connection:
        connection.execute(
            EVENTS.insert().values(**{**GOOD, "operation": "o", "sequence": 10, **change})
        )


def test_a_revision_names_the_newest_step():
    from labelviz.store.migrate import SCRIPTS

    steps = sorted(path.name for path in (SCRIPTS / "versions").glob("v*.py"))
    assert steps[-1].startswith(f"v{REVISION}_")
    assert set(METADATA.tables) == {
        "event", "standing", "draft", "lease", "assignment", "role", "tenant", "set_aside",
    }  # fmt: skip


def test_the_steps_make_the_tables_as_they_are_described(store: DecisionStore):
    """Columns, indexes and what is unique, compared by Alembic."""
    store.hold()
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []
