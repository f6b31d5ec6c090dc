"""Read Parquet, and folders that the Hugging Face `datasets` library saved or publishes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.files import sha256
from labelviz.errors import ColumnRefused, FileRefused, in_words
from labelviz.tables.cells import as_text, typed_note, typed_notes
from labelviz.tables.header import column_names
from labelviz.tables.limits import EXAMPLES, MOST_CELLS, MOST_DECODED, MOST_ROWS
from labelviz.tables.missing import missing_of
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content, Note, Quarantined, check_width, few, frame_of
from labelviz.tables.writers.dataset_folder import FEATURES, plain

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 1 << 13
SPLITS, STATE, INFO = "dataset_dict.json", "state.json", "dataset_info.json"
SHARD = re.compile(r"(?P<split>.+?)(?:-\d{5}-of-\d{5})?")
SPLIT = "split"
CARD = "README.md"
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
# How the card of a dataset names the classes of a column.
CLASS_LABEL = re.compile(
    r"- name: *(?P<column>[^\n]+)\n +(?:dtype|sequence|list):\n +class_label:\n +names:\n"
    r"(?P<names>(?: +['\"]?\d+['\"]?: *[^\n]+\n)+)"
)
NUMBERED = re.compile(r"^ +['\"]?(\d+)['\"]?: *([^\n]+)$", re.MULTILINE)
EXCERPT = 200

# Class names by column, where a file says that its numbers stand for them.
Classes = dict[str, list[str]]


@dataclass(frozen=True)
class _Part:
    """A file's columns as text, by name, with the rows that are no samples."""

    columns: dict[str, pa.ChunkedArray]
    rows: int
    bad: dict[int, Quarantined]
    notes: list[Note]


def read_parquet(data: bytes, where: str, options: ReadOptions) -> Content:
    """The rows of a Parquet file; numbers that its metadata calls classes become their names.

    Raises
    ------
    FileRefused : damaged, too large once decoded, or a column name appears twice.
    ColumnRefused : a column has an extension type.
    """
    table, classes = _parquet(data, where)
    return _content([("", _part(table, classes, where))], where, options)


def is_dataset_folder(folder: Path) -> bool:
    """Whether a folder looks like one of the `datasets` library, or holds Parquet files."""
    known = any((folder / name).is_file() for name in (SPLITS, STATE, INFO))
    return known or bool(_shards(folder))


def source_files(folder: Path) -> list[Path]:
    """The files of a datasets folder that are read, in order.

    Raises
    ------
    FileRefused : a description in it is damaged, or names a file outside.
    """
    files: list[Path] = []
    for _, part in _splits(folder):
        if (part / STATE).is_file():
            files += [part / name for name in (STATE, INFO) if (part / name).is_file()]
            files += [each for names in _arrow_files(part) for each in names]
    extra = [folder / SPLITS] if (folder / SPLITS).is_file() else []
    card = [folder / CARD] if card_classes(folder) else []
    files = files or [file for _, file in _shards(folder)] or tables_in(folder)
    return [*extra, *card, *files]


def tables_in(folder: Path) -> list[Path]:
    """The files of delimited text and JSON Lines in a folder or its `data`, in order."""
    return [
        file
        for place in (folder, folder / "data")
        for file in sorted(place.glob("*"))
        if file.suffix.lower() in TABLES and file.is_file() and not file.name.startswith(".")
    ]


def card_classes(folder: Path) -> Classes:
    """Class names by column, as the card of a dataset (`README.md`) gives them for its numbers."""
    try:
        text = (folder / CARD).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    head = text.split("\n---", 1)[0] if text.startswith("---") else ""
    found: Classes = {}
    for match in CLASS_LABEL.finditer(head + "\n"):
        names = dict(NUMBERED.findall(match["names"]))
        if sorted(map(int, names)) == list(range(len(names))):
            found[match["column"].strip("'\"")] = [
                names[str(k)].strip().strip("'\"") for k in range(len(names))
            ]
    return found


def fingerprint(folder: Path) -> str:
    """The SHA-256 over names and contents of all files that are read."""
    digest = hashlib.sha256()
    for file in source_files(folder):
        digest.update(f"{file.relative_to(folder)}\0{sha256(file)}\n".encode())
    return digest.hexdigest()


def read_folder(folder: Path, options: ReadOptions) -> Content:
    """The rows of a datasets folder, with a column `split` where it has several.

    Raises
    ------
    FileRefused : a file is missing or damaged. ColumnRefused : a column has an extension type.
    """
    where = str(folder)
    parts: list[tuple[str, _Part]] = []
    try:
        for split, part in _splits(folder):
            if not (part / STATE).is_file():
                raise _damaged(folder, f"{part.name}/{STATE} is missing")
            table, classes = _saved(part)
            parts.append((split, _part(table, classes, str(part))))
        card = card_classes(folder)
        for split, file in _shards(folder) if not parts else []:
            table, classes = _parquet(file.read_bytes(), str(file))
            classes = {**card, **classes}
            parts.append((split, _part(table, classes, str(file))))
    except OSError as error:
        raise _damaged(folder, error.strerror or "a file cannot be read") from error
    if not parts:
        raise _damaged(folder, "it names no data")
    return _content(parts, where, options)


# Folders


def _splits(folder: Path) -> list[tuple[str, Path]]:
    """Split name and folder of each saved split; one without a name for a single dataset."""
    if (folder / SPLITS).is_file():
        names = _json(folder / SPLITS).get("splits")
        if not isinstance(names, list):
            raise _damaged(folder, f"{SPLITS} lists no splits")
        return [(str(name), _inside(folder, name)) for name in names]
    if (folder / STATE).is_file():
        return [("", folder)]
    return []


def _shards(folder: Path) -> list[tuple[str, Path]]:
    """Split name and path of each Parquet file in the folder or its `data`."""
    files = [
        file for place in (folder, folder / "data") for file in sorted(place.glob("*.parquet"))
    ]
    named = [(SHARD.fullmatch(file.stem), file) for file in files]
    return [(match["split"] if match else "", file) for match, file in named]


def _arrow_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Data files of a saved split, and files with the order of its rows, if it was changed."""
    state = _json(folder / STATE)

    def listed(key: str) -> list[Path]:
        entries = state.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise _damaged(folder, f"{STATE} lists no files")
        return [_inside(folder, each.get("filename")) for each in entries]

    return listed("_data_files"), listed("_indices_files")


def _saved(folder: Path) -> tuple[pa.Table, Classes]:
    import pyarrow as pa

    data, order = _arrow_files(folder)
    try:
        table = pa.concat_tables([_stream(file) for file in data])
        if order:
            table = table.take(pa.concat_tables([_stream(file) for file in order])["indices"])
    except (pa.ArrowException, KeyError, IndexError) as error:
        raise _damaged(folder, "its rows cannot be read") from error
    info = _json(folder / INFO) if (folder / INFO).is_file() else {}
    return table, _classes(info.get("features"))


def _stream(file: Path) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(file.read_bytes())) as reader:
        return reader.read_all()


def _inside(folder: Path, name: Any) -> Path:
    """A file or folder directly in a folder."""
    if not isinstance(name, str) or name != Path(name).name or "\\" in name or "\0" in name:
        raise _damaged(folder, f"it names {name!r}, which is not inside it")
    return folder / name


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(file.parent, f"{file.name} cannot be read") from error
    if not isinstance(content, dict):
        raise _damaged(file.parent, f"{file.name} is no description of a dataset")
    return content


def _damaged(folder: Path, why: str) -> FileRefused:
    return FileRefused(
        f"The datasets folder {folder.name} is damaged: {why}.",
        where=str(folder),
        remedy="Save it again with save_to_disk, or give a single file.",
    )


# Tables


def _parquet(data: bytes, where: str) -> tuple[pa.Table, Classes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    group = -1
    try:
        file = pq.ParquetFile(pa.py_buffer(data))
        _check_size(file.metadata, where)
        batches: list[pa.RecordBatch] = []
        size = 0
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(BATCH, row_groups=[group]):
                size += batch.nbytes
                if size > MOST_DECODED:
                    raise _too_large(where)
                batches.append(batch)
        table = pa.Table.from_batches(batches, file.schema_arrow)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        place = f" at row group {group}" if group >= 0 else ""
        raise FileRefused(
            f"The Parquet file is damaged{place}.",
            where=where,
            safe="Nothing was imported.",
            remedy="Write or fetch it again.",
        ) from error
    if (written := plain(table)) is not table:
        return written, {}
    metadata = (table.schema.metadata or {}).get(FEATURES)
    try:
        info = json.loads(metadata)["info"]["features"] if metadata else None
    except (ValueError, KeyError, TypeError, RecursionError):
        info = None
    return table, _classes(info)


def _check_size(metadata: Any, where: str) -> None:
    """Refuse by what the file says of itself, before anything is decoded."""
    check_width(metadata.num_columns, where)
    groups = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    cells = metadata.num_rows * metadata.num_columns
    if metadata.num_rows > MOST_ROWS or cells > MOST_CELLS or sum(groups) > MOST_DECODED:
        raise _too_large(where)


def _too_large(where: str) -> FileRefused:
    return FileRefused(
        "Stopped: the Parquet file claims more rows than a machine can hold.",
        where=where,
        safe="Nothing was imported.",
        remedy=f"Split it into files of at most {MOST_ROWS:,} rows.",
    )


def _classes(features: Any) -> Classes:
    """Class names of every ClassLabel feature, alone or in a list."""
    found: Classes = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        inner = feature[0] if isinstance(feature, list) and feature else feature
        if isinstance(inner, dict) and isinstance(inner.get("feature"), dict):
            inner = inner["feature"]
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel":
            names = inner.get("names")
            if isinstance(names, list) and all(isinstance(each, str) for each in names):
                found[name] = names
    return found


def _part(table: pa.Table, classes: Classes, where: str) -> _Part:
    """Every column as text."""
    import pyarrow as pa

    check_width(table.num_columns, where)
    twice = sorted(name for name, count in Counter(table.column_names).items() if count > 1)
    if twice:
        raise FileRefused(
            f"Columns appear twice: {in_words(twice)}.",
            where=where,
            remedy="Write the file again with a name for each column.",
        )
    columns: dict[str, pa.ChunkedArray] = {}
    notes: list[Note] = []
    bad: dict[int, Quarantined] = {}
    for field, values in zip(table.schema, table.columns, strict=True):
        _check_type(field, where)
        name = field.name
        try:
            if name in classes:
                columns[name] = _named(name, values, classes[name], bad)
                text = f"cells of column {name!r} were class numbers and are class names now"
                notes.append(Note(text, table.num_rows, tuple(classes[name][:EXAMPLES])))
            else:
                columns[name], found = _texts(name, values)
                notes += found
        except (ValueError, TypeError, pa.ArrowException) as error:
            raise ColumnRefused(
                f"Column {name!r} of type {field.type} cannot be read as text.",
                where=where,
                remedy="Write the file without it.",
            ) from error
    _find_nuls(columns, bad)
    return _Part(columns, table.num_rows, bad, notes)


def _check_type(field: pa.Field, where: str) -> None:
    """Refuse extension types, at any depth."""
    import pyarrow as pa

    marked = b"ARROW:extension:name" in (field.metadata or {})
    if marked or isinstance(field.type, pa.BaseExtensionType):
        raise ColumnRefused(
            f"Column {field.name!r} has an extension type: {field.type}.",
            where=where,
            remedy="Write the file without it, or with plain numbers and texts.",
        )
    for at in range(field.type.num_fields):
        _check_type(field.type.field(at), where)


def _named(
    name: str, values: pa.ChunkedArray, classes: list[str], bad: dict[int, Quarantined]
) -> pa.ChunkedArray:
    """Class numbers as names, lists of them as JSON; -1 means that there is no label."""

    known = {-1: None} | dict(enumerate(classes))

    def text(value: Any) -> Any:
        return [text(each) for each in value] if isinstance(value, list) else known[value]

    texts: list[str | None] = []
    for row, value in enumerate(values.to_pylist()):
        try:
            texts.append(None if value is None else as_text(text(value)))
        except KeyError:
            reason = f"class number outside 0 to {len(classes) - 1}"
            bad.setdefault(row, Quarantined(row, name, reason, as_text(value)[:EXCERPT]))
            texts.append("")
    return _strings(texts)


def _texts(name: str, values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, list[Note]]:
    """A column as large strings, and which of its cells were no text."""
    import pyarrow as pa
    import pyarrow.types as types

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return values.cast(pa.large_string()), []
    present = len(values) - values.null_count
    examples = values.drop_null().slice(0, EXAMPLES)
    tests: tuple[tuple[Callable[[Any], bool], str], ...] = (
        (types.is_integer, "a whole number"),
        (types.is_boolean, "true or false"),
        (types.is_decimal, "a decimal number"),
    )
    for test, word in tests:
        if test(kind):
            texts = values.cast(pa.large_string())
            shown = examples.cast(pa.large_string()).to_pylist()
            return texts, [typed_note(name, word, present, shown)] if present else []
    if types.is_floating(kind):
        texts = _strings(text for chunk in values.chunks for text in _floats(chunk))
        shown = [text for text in _floats(examples.combine_chunks()) if text]
        return texts, [typed_note(name, "a decimal number", present, shown)] if present else []
    listed = values.to_pylist()
    texts = (None if value is None else as_text(value) for value in listed)
    return _strings(texts), typed_notes(name, listed)


def _floats(values: pa.Array) -> Iterator[str | None]:
    """The shortest text of each number in its own precision; None for null."""
    numbers = values.to_numpy(zero_copy_only=False)
    null = values.is_null().to_numpy(zero_copy_only=False)
    return (None if gone else text for text, gone in zip(numbers.astype(str), null, strict=True))


def _strings(texts: Iterable[str | None]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(list(texts), pa.large_string())])


def _find_nuls(columns: dict[str, pa.ChunkedArray], bad: dict[int, Quarantined]) -> None:
    import pyarrow.compute as pc

    for name, texts in columns.items():
        found = pc.match_substring(texts, "\0").fill_null(False).to_numpy()
        for row in np.flatnonzero(found).tolist():
            excerpt = texts[row].as_py()[:EXCERPT].replace("\0", "␀")
            bad.setdefault(row, Quarantined(row, name, "holds a NUL character", excerpt))


def _content(parts: Sequence[tuple[str, _Part]], where: str, options: ReadOptions) -> Content:
    """All parts under one another, numbered from row 1, with a split where there are several."""
    import pyarrow as pa

    found = list(dict.fromkeys(name for _, part in parts for name in part.columns))
    check_width(len(found), where)
    names, notes = column_names(found, where)
    splits = list(dict.fromkeys(split for split, _ in parts))
    rows = sum(part.rows for _, part in parts)
    columns = {
        name: pa.chunked_array(
            [chunk for _, part in parts for chunk in _chunks(part, name)], pa.large_string()
        )
        for name in found
    }
    if len(splits) > 1:
        free = SPLIT
        while free in names:
            free = f"labelviz_{free}"
        names.append(free)
        marks = [split for split, part in parts for _ in range(part.rows)]
        columns[free] = _strings(marks)
        for split in splits:
            count = sum(part.rows for other, part in parts if other == split)
            notes.append(Note(f"rows come from split {split!r}, which column {free!r} says", count))
    for _, part in parts:
        missing = [name for name in found if name not in part.columns]
        if missing:
            text = "rows lack columns that others have; their cells are missing"
            notes.append(Note(text, part.rows, tuple(missing[:EXAMPLES])))
        notes += few(part.notes)
    return _assembled(parts, columns, names, rows, (notes, options))


def _assembled(
    parts: Sequence[tuple[str, _Part]],
    columns: dict[str, pa.ChunkedArray],
    names: list[str],
    rows: int,
    about: tuple[list[Note], ReadOptions],
) -> Content:
    import pyarrow as pa

    quarantined: list[Quarantined] = []
    good = np.ones(rows, bool)
    offset = 0
    for _, part in parts:
        for row, each in part.bad.items():
            good[offset + row] = False
            quarantined.append(
                Quarantined(offset + row + 1, each.column, each.reason, each.excerpt)
            )
        offset += part.rows
    table = pa.table(list(columns.values()), names=[str(at) for at in range(len(names))])
    if quarantined:
        table = table.filter(pa.array(good))
    lines = np.flatnonzero(good) + 1
    return Content(
        frame_of(table, lines, names), 0, tuple(quarantined), tuple(about[0]), about[1],
        missing=missing_of(table, lines, names),
    )  # fmt: skip


def _chunks(part: _Part, name: str) -> list[pa.Array]:
    import pyarrow as pa

    if name in part.columns:
        return list(part.columns[name].chunks)
    return [pa.nulls(part.rows, pa.large_string())]
