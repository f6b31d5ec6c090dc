"""Data: the dataset in use, what its file said beside it, and what became of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from labelviz.core.arrays import Strings, strings
from labelviz.core.dataset import Dataset
from labelviz.core.files import read_json
from labelviz.errors import ColumnRefused, StepMissing, WorkspaceRefused
from labelviz.project.folder import DATA, Folder, version_of
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions
from labelviz.tables.report import ImportReport

if TYPE_CHECKING:
    import pandas as pd

Value = TypeVar("Value")
Asked = ParamSpec("Asked")
ABOUT, ORIGINAL, QUARANTINE = "dataset.json", "original.parquet", "quarantine.csv"


@dataclass(frozen=True, eq=False)
class Data:
    """The dataset in use; another one takes its place as a whole.

    Parameters
    ----------
    folder : of the workspace.
    """

    folder: Folder

    @property
    def loaded(self) -> bool:
        """Whether there is a dataset."""
        return DATA in self.folder.state or (self.folder.path / ABOUT).is_file()

    @property
    def dataset(self) -> Dataset:
        """The dataset.

        Raises
        ------
        StepMissing : nothing was loaded yet.
        """
        if not self.loaded:
            raise StepMissing(
                "This workspace has no dataset yet.",
                where=str(self.folder.path),
                remedy="Run `labelviz load`, or use the Data page.",
            )
        return self._kept(ABOUT, lambda path: keep.read_dataset(path.parent))

    @property
    def report(self) -> ImportReport:
        """What became of every row of the file that was loaded."""
        return ImportReport.from_json(self.about["report"])

    @property
    def quarantine(self) -> Path:
        """The file of the rows that were set aside."""
        return self.path / QUARANTINE

    @property
    def columns(self) -> Columns:
        """Which column of the file meant what."""
        return Columns.from_json(self.about["columns"])

    @property
    def options(self) -> ReadOptions:
        """How the file was read, with what was found out; empty for what nobody recorded."""
        return _options(self.about)

    @property
    def file_version(self) -> str:
        """What changes when another file is loaded, or the same one is read in another way."""
        about = self.about
        return f"{ImportReport.from_json(about['report']).sha256} {_options(about)}"

    @property
    def original(self) -> pd.DataFrame:
        """The accepted rows with every column of the file, as text; NaN where a cell is missing."""
        return self._read(ORIGINAL, keep.read_frame)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns of the file."""
        return self._read(ORIGINAL, keep.column_names)

    def column(self, name: str) -> Strings:
        """(N,) one column of the file, as text; empty where a cell is missing.

        Raises
        ------
        ColumnRefused : there is no such column.
        """
        if name not in self.column_names:
            raise ColumnRefused(f"There is no column {name!r}.", where=str(self.path / ORIGINAL))
        cells = self._read(ORIGINAL, lambda path: keep.read_columns(path, [name]))
        return strings(cell or "" for cell in cells[name])

    @property
    def path(self) -> Path:
        """The folder of the dataset in use."""
        return self.folder.path / str(self.folder.state.get(DATA, "."))

    @property
    def about(self) -> dict[str, Any]:
        """What is noted of the dataset: its fingerprint, its columns, how it was read."""
        return self._kept(ABOUT, read_json, "about")

    @property
    def version(self) -> tuple[object, ...]:
        """What changes with the dataset."""
        return version_of(self.path / ABOUT)

    def check_in_use(self, dataset: Dataset) -> None:
        """Raise WorkspaceRefused if the dataset that was checked is not the one in use any more."""
        if self.dataset.content != dataset.content:
            raise WorkspaceRefused(
                "The dataset was replaced while its labels were checked.",
                where=str(self.folder.path),
                safe="The new dataset is as it was loaded; what was found in the old one is not "
                "shown on it.",
                remedy="Find wrong labels again: on the Overview page, or with `labelviz flag`.",
            )

    def _kept(self, name: str, reader: Callable[[Path], Value], kind: str = "") -> Value:
        """What is read of a file of the dataset in use, and stays in memory."""

        def read(path: Path) -> Value:
            return self.folder.memo((DATA, name, kind), version_of(path), lambda: reader(path))

        return self._read(name, read)

    def _read(self, name: str, reader: Callable[[Path], Value]) -> Value:
        """What is read of a file of the dataset in use; of the next one where it was replaced."""
        while True:
            now = self.path
            try:
                return reader(now / name)
            except WorkspaceRefused:
                if self.path == now:
                    raise


class AboutData(Protocol):
    """A room whose answers are about the dataset in use."""

    @property
    def data(self) -> Data:
        """The room of that dataset."""


Room = TypeVar("Room", bound=AboutData)


def of_one_dataset(
    method: Callable[Concatenate[Room, Asked], Value],
) -> Callable[Concatenate[Room, Asked], Value]:
    """A method of a room whose whole answer is about one dataset, though it reads many files.

    It is asked again where the dataset was replaced meanwhile, whether it answered or failed: what
    it read then was of both. It must only read, and take seconds at most.
    """

    @wraps(method)
    def whole(self: Room, /, *args: Asked.args, **named: Asked.kwargs) -> Value:
        while True:
            dataset = self.data.dataset
            try:
                answer = method(self, *args, **named)
            except Exception:
                if self.data.dataset is dataset:
                    raise
                continue
            if self.data.dataset is dataset:
                return answer

    return whole


def _options(about: dict[str, Any]) -> ReadOptions:
    kept = about.get("options", {})
    return ReadOptions(**{**kept, "skip": tuple(kept.get("skip", ()))})
