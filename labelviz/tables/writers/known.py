"""The formats that targets are exported in, by the word for each, and which a file's name means."""

from __future__ import annotations

from pathlib import Path

from labelviz.tables.writers.argilla import ARGILLA
from labelviz.tables.writers.dataset_folder import DATASET_FOLDER
from labelviz.tables.writers.delimited import CSV
from labelviz.tables.writers.excel import EXCEL
from labelviz.tables.writers.json_lines import JSON_LINES
from labelviz.tables.writers.label_studio import LABEL_STUDIO
from labelviz.tables.writers.parquet import PARQUET
from labelviz.tables.writers.writer import FileFormat

WRITERS: dict[str, FileFormat] = {
    "csv": CSV,
    "jsonl": JSON_LINES,
    "parquet": PARQUET,
    "excel": EXCEL,
    "datasets": DATASET_FOLDER,
    "label-studio": LABEL_STUDIO,
    "argilla": ARGILLA,
}
DEFAULT_FORMAT = "csv"


def format_for(name: str, file: Path | None) -> str:
    """The word for a format: as asked for, else what the file's name ends with, else CSV."""
    ending = file.suffix.lower() if file else ""
    meant = (word for word, writer in WRITERS.items() if ending and writer.suffix == ending)
    return name or next(meant, DEFAULT_FORMAT)
