"""Whose decisions a database holds that a workspace names in its settings: one workspace's alone.

Two of them would decide on each other's samples wherever an id is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.errors import WorkspaceRefused
from labelviz.store.schema import TENANT


@dataclass(frozen=True)
class Tenant:
    """A workspace, as a database knows it.

    Parameters
    ----------
    workspace : its key, which stays when it is renamed.
    name : what it was called last.
    """

    workspace: str
    name: str


def check_tenant(connection: sa.Connection, tenant: Tenant) -> None:
    """Raise WorkspaceRefused if a database holds the decisions of another workspace."""
    held = _held(connection)
    if held is None or held.workspace == tenant.workspace:
        return
    raise WorkspaceRefused(
        f"The database that {tenant.name} names holds the decisions of another workspace, "
        f"{held.name}.",
        where=f"workspace {held.workspace}, asked for by {tenant.workspace}",
        safe="Nothing was read of it or written to it.",
        remedy="Name a database of its own under [store] in labelviz.toml. Only if the other "
        "workspace is gone and these are its samples: labelviz store take-over WORKSPACE",
    )


def keep_tenant(connection: sa.Connection, tenant: Tenant) -> None:
    """Note whose decisions a database holds, by its name of today.

    Raises
    ------
    WorkspaceRefused : they are another's.
    """
    check_tenant(connection, tenant)
    if _held(connection) != tenant:
        take_over(connection, tenant)


def take_over(connection: sa.Connection, tenant: Tenant) -> Tenant | None:
    """Give a database to a workspace; returns whose it was, None where it was nobody's."""
    held = _held(connection)
    connection.execute(TENANT.delete())
    connection.execute(TENANT.insert().values(workspace=tenant.workspace, name=tenant.name))
    return held


def _held(connection: sa.Connection) -> Tenant | None:
    found = connection.execute(sa.select(TENANT.c.workspace, TENANT.c.name)).first()
    return None if found is None else Tenant(*found)
