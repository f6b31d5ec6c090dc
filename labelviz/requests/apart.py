"""Ask for a visitor's file to be loaded, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.requests import Load, from_json
from labelviz.tables.apart import (
    are_small,
    doing_apart,
    have_done,
    place_apart,
    put_table,
    table_in,
)

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace
    from labelviz.tables.table import Table


def load_apart(request: Load, project: Workspace, table: Table, folder: Callable[[], Path]) -> None:
    """Load a file as `Load.run` does.

    Parameters
    ----------
    table : what was read from the file.
    folder : makes the one where the other process finds the table.

    Raises
    ------
    LabelvizError : as `Load.run`. FileRefused : it took too much memory or time.
    """
    if are_small(request.file, *request.answers):
        request.run(project, table=table)
        return
    asked = {"request": request.as_json(), "workspace": str(project.path)}
    with place_apart(folder) as place:
        put_table(table, place)
        have_done(__name__, asked, place, request.file)


def main(place: Path) -> None:
    """Load what was asked for."""
    with doing_apart(place) as asked:
        request = from_json(asked["request"])
        assert isinstance(request, Load)  # noqa: S101 - nobody else writes it
        with request.opened(Path(asked["workspace"])) as project:
            request.run(project, table=table_in(place))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
