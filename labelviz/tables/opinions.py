"""Read what others say about the samples: probabilities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Floats, Strings, strings
from labelviz.core.class_order import share_agreeing
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.scores import Scores, as_probabilities
from labelviz.errors import (
    ColumnRefused,
    FileRefused,
    ProbabilitiesRefused,
    in_words,
    unharmed,
)
from labelviz.tables.options import Reading
from labelviz.tables.read import read_table
from labelviz.tables.shares import numbers_of, shares_by_name
from labelviz.tables.table import column

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

PREFIXES = ("", "p_", "prob_", "target_")


@dataclass(frozen=True, eq=False)
class _Found:
    """What a file holds: (N,) ids, (N, K) numbers in the dataset's class order, and notes."""

    ids: Strings
    values: Floats
    notes: tuple[str, ...] = ()


@unharmed()
def read_probability_file(
    path: Path, dataset: Dataset, reading: Reading | None = None
) -> Probabilities:
    """Probabilities from a table with a column `id` and one column per class, or from an array.

    A class column is named after the class, or `p_`, `prob_` or `target_` and the class. CSV,
    Parquet and npy give the same numbers, in whatever order rows and columns stand. An array names
    neither, so its classes have to be listed, and its ids come from a second file unless somebody
    vouches for the order of its rows. Every sample needs a row: a file with rows missing or
    unusable is refused, because nothing downstream could judge such a sample honestly.

    Raises
    ------
    FileRefused : not readable, or an array that holds objects.
    ProbabilitiesRefused : a class has no column, a cell is no number, ids do not match, or rows are
        no probabilities (`labelviz.core.scores`).
    """
    reading = reading or Reading()
    readers = {".parquet": _from_parquet, ".npy": _from_array}
    found = readers.get(path.suffix.lower(), _from_csv)(path, dataset, reading)
    found = _without_extra(found, dataset, path, allowed=reading.leave_out_extra)
    scores = Scores(found.values, found.ids, dataset.multilabel, path.name)
    _check_ids(found.ids, dataset, path)
    values, notes = as_probabilities(scores, reading.scores, rescale=reading.rescale)
    provenance = Provenance(
        relation="unknown",
        source=path.name,
        dataset=dataset.fingerprint,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=(*found.notes, *notes, *_agreement(found, values, dataset, path)),
    )
    return Probabilities(
        values=values,
        classes=dataset.classes,
        ids=found.ids,
        multilabel=dataset.multilabel,
        provenance=provenance,
    ).aligned(dataset)


def _from_csv(path: Path, dataset: Dataset, reading: Reading) -> _Found:
    table = read_table(path)
    if table.quarantined:
        first = table.quarantined[0]
        raise ProbabilitiesRefused(
            f"{len(table.quarantined)} rows cannot be read: {first.reason}.",
            where=f"{path}, first on line {first.line}",
            remedy="Write the file again.",
        )
    ids = strings(column(table.frame, "id", path.name))
    if (listed := _scores_in_one_column(table.frame, dataset, path)) is not None:
        return _Found(ids, *listed)
    if (ordered := _lists_of_numbers(table.frame, dataset, path)) is not None:
        name, values = ordered
        values, notes = _in_class_order(values, dataset, path, reading, f"Column {name!r}")
        return _Found(ids, values, notes)
    names, notes = _class_columns(list(map(str, table.frame.columns)), dataset, path, reading)
    columns = [_numbers(table.frame[name], path) if name else np.zeros(len(ids)) for name in names]
    return _Found(ids, np.stack(columns, axis=1), notes)


def _scores_in_one_column(
    frame: pd.DataFrame, dataset: Dataset, path: Path
) -> tuple[Floats, tuple[str, ...]] | None:
    """(N, K) scores of a column of lists of label and score, or of objects by class name.

    None where the file has no such column, and columns for the classes instead.

    Raises
    ------
    ProbabilitiesRefused : a cell lacks a class, or names one that is none.
    """
    for name in map(str, frame.columns):
        cells = [shares_by_name(str(cell)) for cell in frame[name]]
        if name == "id" or not cells or not all(cells):
            continue
        values = np.full((len(cells), dataset.n_classes), np.nan)
        for row, (line, said) in enumerate(zip(frame.index, cells, strict=True)):
            if said is None or set(said) != set(dataset.classes):
                raise ProbabilitiesRefused(
                    f"The scores name {in_words(said or ())}; the classes are "
                    f"{in_words(dataset.classes)}.",
                    where=f"{path}, line {line}, column {name!r}",
                    remedy="Give a score of every class (of a pipeline, top_k=None), by the "
                    "dataset's names.",
                )
            values[row] = [said[each] for each in dataset.classes]
        return values, (f"scores were read from column {name!r} by the names of the classes",)
    return None


def _lists_of_numbers(
    frame: pd.DataFrame, dataset: Dataset, path: Path
) -> tuple[str, Floats] | None:
    """The column whose cells are lists of numbers, and these; None where there is none.

    Raises
    ------
    ProbabilitiesRefused : there are several such columns, or lists of different lengths.
    """
    found = {}
    for name in (str(each) for each in frame.columns if str(each) not in ("id", *dataset.classes)):
        cells = [numbers_of(str(cell)) for cell in frame[name]]
        if cells and all(cells):
            found[name] = [each for each in cells if each is not None]
    if not found:
        return None
    name, lists = next(iter(found.items()))
    lengths = sorted({len(each) for each in lists})
    if len(found) > 1 or len(lengths) > 1:
        raise ProbabilitiesRefused(
            f"Several columns hold lists of numbers: {in_words(found)}."
            if len(found) > 1
            else f"The lists of numbers in column {name!r} have {in_words(lengths)} places.",
            where=f"{path}, column {name!r}",
            remedy="Give one column of lists, each with a number for every class.",
        )
    return name, np.array(lists, dtype=np.float64)


def _in_class_order(
    values: Floats, dataset: Dataset, path: Path, reading: Reading, what: str
) -> tuple[Floats, tuple[str, ...]]:
    """(N, K) numbers in the order of the dataset's classes, of places that name none themselves.

    Raises
    ------
    ProbabilitiesRefused : nobody said which class each place stands for, or not of all of them.
    """
    if not reading.classes:
        raise ProbabilitiesRefused(
            f"{what} names no classes: each row has {values.shape[1]} numbers.",
            where=str(path),
            remedy="List the classes of these numbers, in order (on the command line "
            f"--classes {','.join(dataset.classes)}).",
        )
    if len(reading.classes) != values.shape[1] or len(set(reading.classes)) != values.shape[1]:
        raise ProbabilitiesRefused(
            f"{path.name} has {values.shape[1]} columns; {len(reading.classes)} classes are "
            f"listed: {in_words(reading.classes)}. The dataset's are {in_words(dataset.classes)}.",
            where=str(path),
            remedy="List every column once.",
        )
    names, notes = _class_columns(list(reading.classes), dataset, path, reading, prefixes=("",))
    at = {name: number for number, name in enumerate(reading.classes)}
    columns = [values[:, at[name]] if name else np.zeros(len(values)) for name in names]
    return np.stack(columns, axis=1), notes


def _from_parquet(path: Path, dataset: Dataset, reading: Reading) -> _Found:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise FileRefused(
            f"{path.name} is no Parquet file that can be read.",
            where=str(path),
            remedy="Write the file again.",
        ) from error
    if any(pa.types.is_nested(each.type) for each in table.schema):
        return _from_csv(path, dataset, reading)
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if "id" not in table.column_names or twice:
        raise ColumnRefused(
            f"Columns appear twice: {in_words(twice)}." if twice else "There is no column 'id'.",
            where=f"{path}, columns {', '.join(table.column_names)}",
            remedy="Give a column named id, and every column its own name.",
        )
    ids = _parquet_ids(table["id"], path)
    names, notes = _class_columns(table.column_names, dataset, path, reading)
    columns = [
        _parquet_numbers(table[name], name, path) if name else np.zeros(len(ids)) for name in names
    ]
    return _Found(ids, np.stack(columns, axis=1), notes)


def _parquet_ids(cells: pa.ChunkedArray, path: Path) -> Strings:
    import pyarrow as pa

    kind = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    textual = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if cells.null_count or not (textual or pa.types.is_integer(kind)):
        raise ProbabilitiesRefused(
            f"Ids are of type {cells.type}, {cells.null_count} of them empty.",
            where=f"{path}, column 'id'",
            remedy="Store the ids as text, one for every row.",
        )
    return strings(map(str, cells.to_pylist()))


def _parquet_numbers(cells: pa.ChunkedArray, name: str, path: Path) -> Floats:
    import pyarrow as pa

    if not (pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type)):
        raise ProbabilitiesRefused(
            f"Column {name!r} holds {cells.type}, not numbers.",
            where=str(path),
            remedy="Store probabilities as floating-point numbers.",
        )
    filled = cells.cast(pa.float64()).to_numpy()
    return np.asarray(filled, dtype=np.float64)


def _from_array(path: Path, dataset: Dataset, reading: Reading) -> _Found:
    values, notes = _in_class_order(_array(path), dataset, path, reading, "An array")
    ids, how = _array_ids(path, len(values), dataset, reading)
    return _Found(ids, values, (how, *notes))


def _array(path: Path) -> Floats:
    """(N, K) float64 numbers of an npy file, which is never unpickled."""
    try:
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        pickled = "Object arrays" in str(error)
        raise FileRefused(
            f"{path.name} holds objects, which can run code when they are read; it was not opened."
            if pickled
            else f"{path.name} is no npy file that can be read.",
            where=str(path),
            remedy="Save the numbers alone, or as Parquet or CSV.",
        ) from error
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype.kind not in "fiu":
        shape = getattr(values, "shape", ())
        raise ProbabilitiesRefused(
            f"{path.name} is no table of numbers: its shape is {in_words(shape)}.",
            where=str(path),
            remedy="Save one row per sample and one column per class.",
        )
    return values.astype(np.float64)


def _array_ids(path: Path, rows: int, dataset: Dataset, reading: Reading) -> tuple[Strings, str]:
    if reading.ids is not None:
        ids = strings(column(read_table(reading.ids).frame, "id", reading.ids.name))
        if len(ids) != rows:
            raise ProbabilitiesRefused(
                f"Predictions: {rows:,} rows; ids: {len(ids):,}.",
                where=f"{path} and {reading.ids}",
                remedy="Give one id for each row.",
            )
        return ids, f"rows named by {reading.ids.name}"
    if not reading.rows_in_order or rows != len(dataset):
        same = rows == len(dataset)
        raise ProbabilitiesRefused(
            f"Predictions: {rows:,} rows; data: {len(dataset):,}. An array names no rows.",
            where=str(path),
            remedy="Give a CSV with a column id that names them (on the command line --ids FILE)"
            + (", or say that they are in the data's order (--rows-in-order)." if same else "."),
        )
    return dataset.ids, "rows taken in the order of the data, as asked"


def _class_columns(
    found: list[str],
    dataset: Dataset,
    path: Path,
    reading: Reading,
    prefixes: tuple[str, ...] = PREFIXES,
) -> tuple[list[str], tuple[str, ...]]:
    """For every class the name of its column, empty where it has none, and what to note."""
    names: list[str] = []
    for each in dataset.classes:
        named = [prefix + each for prefix in prefixes if prefix + each in found]
        if not named and not reading.fill_classes:
            raise ProbabilitiesRefused(
                f"No column holds the probabilities of class {each!r}.",
                where=f"{path}, columns {', '.join(found)}",
                remedy=f"Name it {each!r} or 'p_{each}', or, if the model never predicts it, "
                "let it be 0 (on the command line --fill-classes).",
            )
        names.append(named[0] if named else "")
    if not any(names):
        raise ProbabilitiesRefused(
            f"No column is named after a class. The classes are {in_words(dataset.classes)}.",
            where=f"{path}, columns {', '.join(found)}",
            remedy="Name the columns after the classes.",
        )
    filled = [each for each, name in zip(dataset.classes, names, strict=True) if not name]
    notes: tuple[str, ...] = (
        (f"classes without a column got 0, as asked: {', '.join(filled)}",) if filled else ()
    )
    order = [found.index(name) for name in names if name]
    if order != sorted(order):
        notes += ("columns were put into the order of the classes, by name",)
    return names, notes


def _without_extra(found: _Found, dataset: Dataset, path: Path, *, allowed: bool) -> _Found:
    known = np.array([sample in dataset.rows for sample in found.ids], dtype=bool)
    if known.all() or not allowed or not known.any():
        return found
    note = f"{(~known).sum():,} rows of {path.name} belong to no sample and were left out, as asked"
    return _Found(strings(found.ids[known]), found.values[known], (*found.notes, note))


def _check_ids(ids: Strings, dataset: Dataset, path: Path) -> None:
    """Raise unless every sample has exactly one row and every row a sample."""
    counts = Counter(ids)
    missing = [sample for sample in dataset.ids if sample not in counts]
    extra = [sample for sample in counts if sample not in dataset.rows]
    repeated = len(ids) - len(counts)
    if not (missing or extra or repeated):
        return
    first = missing or extra or [sample for sample, count in counts.items() if count > 1]
    only_extra = bool(extra) and not missing and not repeated
    raise ProbabilitiesRefused(
        f"{len(dataset) - len(missing)} of {len(dataset)} ids match: {len(missing)} samples have "
        f"no probabilities, {len(extra)} rows of probabilities have no sample, "
        f"{repeated} ids are repeated.",
        where=f"{path.name}, first at {', '.join(repr(each[:80]) for each in first[:3])}",
        remedy="Pass over the rows without a sample (on the command line --leave-out-extra)."
        if only_extra
        else "Give one row of probabilities per sample, with the dataset's ids.",
    )


def _agreement(found: _Found, values: Floats, dataset: Dataset, path: Path) -> tuple[str, ...]:
    """How well an array, which names no classes itself, agrees with the labels."""
    if path.suffix.lower() != ".npy":
        return ()
    place = {sample: row for row, sample in enumerate(found.ids)}
    share = share_agreeing(dataset, values[[place[sample] for sample in dataset.ids]])
    if share is None:
        return ()
    return (f"agrees with {share:.1%} of the labels in the order of classes that was given",)


def _numbers(cells: pd.Series[str], path: Path) -> Floats:
    def number(line: int, cell: str) -> float:
        try:
            return float(cell.replace("_", "?"))
        except ValueError as error:
            raise ProbabilitiesRefused(
                f"{cell[:80]!r} is not a number.",
                where=f"{path}, line {line}, column {cells.name!r}",
                remedy="Give numbers between 0 and 1, with a decimal point.",
            ) from error

    return np.array([number(*each) for each in zip(cells.index, cells, strict=True)], np.float64)
