"""A folder that `datasets.load_dataset` reads: Parquet that says what its columns are, and a card.

The label is a ClassLabel, or a list of them, and the target one list of fixed size in the order of
the classes. Both say so in the schema of the Parquet file, under `huggingface`; under `labelviz` it
says which columns they were, so that labelviz reads back what it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelviz.core.visible import in_markdown
from labelviz.errors import ExportRefused
from labelviz.tables.writers.parquet import arrow_columns, check_table, write_table
from labelviz.tables.writers.writer import HARD_LABEL, ExportTable, FileFormat, unused_column

if TYPE_CHECKING:
    import pyarrow as pa

CARD: Final = "README.md"
DATA: Final = "data/train-00000-of-00001.parquet"
TARGETS: Final = "target"
ITEM: Final = "element"  # what Parquet calls what is in a list
# Keys of the schema's metadata: what `datasets` reads, and what labelviz does.
FEATURES, OURS = b"huggingface", b"labelviz"


def write(folder: Path, sheet: ExportTable) -> None:
    """Write a sheet as a folder, which is there and empty."""
    (folder / DATA).parent.mkdir()
    write_table(folder / DATA, _table(sheet))
    (folder / CARD).write_text(card(sheet), "utf-8")


def check(folder: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every value, and the card, reads back equal."""
    check_table(folder / DATA, _table(sheet), folder)
    if (folder / CARD).read_text("utf-8") != card(sheet):
        raise ExportRefused(
            "Export check failed: the card reads back differently. No folder was published.",
            where=str(folder.parent),
            remedy="Check the disk, then export again.",
        )


def plain(table: pa.Table) -> pa.Table:
    """A table that was written here with a column of text for the label and one for each target.

    Another table, and one that was changed so that they cannot be told, comes back as it is.
    """
    import pyarrow as pa

    try:
        ours = json.loads((table.schema.metadata or {})[OURS])
        label, target, names = ours["label"], ours["target"], ours["columns"]
        columns = {name: table[name] for name in table.column_names}
        columns[label] = pa.array(_label_texts(columns[label], ours["classes"]), pa.large_string())
        shares = columns.pop(target).combine_chunks()
        for k, name in enumerate(ours["targets"]):
            columns[name] = shares.flatten()[k :: len(ours["targets"])]
        return pa.table({name: columns[name] for name in names})
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, pa.ArrowException):
        return table


def card(sheet: ExportTable) -> str:
    """The card: for machines where the data is, for people what it is and where it comes from."""
    label, target, _ = _names(sheet)
    about = sheet.about
    kind = "any number of classes" if sheet.multilabel else "one class"
    return f"""---
# The licence is for the owner of the texts to choose; labelviz does not know it.
license:
task_categories:
- text-classification
annotations_creators:
- machine-generated
tags:
- soft-labels
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
---

# Soft targets

{len(sheet):,} samples, each with {kind}. The targets were made with labelviz from given labels
and from what reviewers decided; how many are from whom stands below. All samples are in the split
`train`, whatever a column of the file says.

| column | holds |
|---|---|
| {in_markdown(sheet.id, cell=True)} | the id of the sample |
{_text_lines(sheet)}| {in_markdown(label, cell=True)} | the class that the target makes likeliest |
| {in_markdown(target, cell=True)} | the target: a share for each class, in the order below |
| {in_markdown(sheet.added["weight"], cell=True)} | weight in training; 0 for excluded samples |
| {in_markdown(sheet.added["status"], cell=True)} | what reviewers said of the given label |

The other columns came with the data, or say who or what decided.

| number | class |
|---|---|
{_lines(enumerate(sheet.classes))}

Do not train on {in_markdown(target)} with the loss that transformers chooses for rows of
numbers: without `problem_type` it takes them for several labels at once.

## Where it comes from

| | |
|---|---|
{_lines(_facts(about))}
"""


def _facts(about: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is known of the targets, in words."""
    words = {
        "labelviz": "written by labelviz", "dataset": "fingerprint of the dataset",
        "source_sha256": "SHA-256 of the source file", "task": "task", "policy": "policy",
        "probabilities": "probabilities", "last_decision": "number of the last decision",
    }  # fmt: skip
    for key, word in words.items():
        if about.get(key) not in (None, ""):
            yield word, about[key]
    for key, word in (("sources", "targets from"), ("statuses", "samples of status")):
        for name, count in about.get(key, {}).items():
            yield f"{word} {name or 'unknown'}", count


def _text_lines(sheet: ExportTable) -> str:
    words = ("the text", "the second text")
    return "".join(
        f"| {in_markdown(name, cell=True)} | {word} |\n"
        for name, word in zip(sheet.text_columns, words, strict=False)
        if name
    )


def _lines(pairs: Any) -> str:
    return "\n".join(f"| {name} | {in_markdown(str(value), cell=True)} |" for name, value in pairs)


def _names(sheet: ExportTable) -> tuple[str, str, list[str]]:
    """The columns of label and target in the folder, and those of the targets in the sheet."""
    targets = sheet.target_columns
    taken = sheet.columns.keys() - set(targets)
    return sheet.added[HARD_LABEL], unused_column(TARGETS, taken), targets


def _table(sheet: ExportTable) -> pa.Table:
    import pyarrow as pa

    label, target, targets = _names(sheet)
    kept = {name: cells for name, cells in sheet.columns.items() if name not in targets[1:]}
    arrays = arrow_columns({name: cells for name, cells in kept.items() if name != label})
    arrays[label] = _label_numbers(sheet)
    arrays[targets[0]] = _shares(sheet, targets)
    columns = {target if name == targets[0] else name: arrays[name] for name in kept}
    ours = {
        "label": label, "target": target, "targets": targets, "classes": sheet.classes,
        "columns": list(sheet.columns),
    }  # fmt: skip
    features = {name: _feature(sheet, name, label, target, array.type)
                for name, array in columns.items()}  # fmt: skip
    said = {FEATURES: {"info": {"features": features}}, OURS: ours}
    metadata = {key: json.dumps(value, ensure_ascii=False).encode() for key, value in said.items()}
    return pa.table(columns).replace_schema_metadata(metadata)


def _feature(
    sheet: ExportTable, name: str, label: str, target: str, kind: pa.DataType
) -> dict[str, Any]:
    """How `datasets` describes a column; `Sequence` is what every version of it reads."""
    if name == target:
        share = {"dtype": "float64", "_type": "Value"}
        return {"feature": share, "length": len(sheet.classes), "_type": "Sequence"}
    if name != label:
        return {"dtype": "float64" if str(kind) == "double" else str(kind), "_type": "Value"}
    one = {"names": sheet.classes, "_type": "ClassLabel"}
    return {"feature": one, "_type": "Sequence"} if sheet.multilabel else one


def _label_numbers(sheet: ExportTable) -> pa.Array:
    """Class numbers, or lists of them; null where the label is not known."""
    import pyarrow as pa

    number = {name: k for k, name in enumerate(sheet.classes)}
    if not sheet.multilabel:
        return pa.array([number.get(cell) for cell in sheet.labels], pa.int64())
    lists = [[number[name] for name in json.loads(cell)] if cell else None for cell in sheet.labels]
    return pa.array(lists, pa.list_(pa.field(ITEM, pa.int64())))


def _label_texts(numbers: pa.ChunkedArray, classes: list[str]) -> list[str]:
    """The cells that the numbers were, see `ExportTable.labels`."""
    name: dict[int | None, str] = {None: "", **dict(enumerate(classes))}
    return [
        json.dumps([name[k] for k in cell], ensure_ascii=False)
        if isinstance(cell, list)
        else name[cell]
        for cell in numbers.to_pylist()
    ]


def _shares(sheet: ExportTable, targets: list[str]) -> pa.Array:
    """The targets as lists of fixed size; NaN is null."""
    import pyarrow as pa

    values = np.stack([np.asarray(sheet.columns[name], np.float64) for name in targets], axis=1)
    flat = values.reshape(-1)
    cells = pa.array(flat, pa.float64(), mask=np.isnan(flat))
    kind = pa.list_(pa.field(ITEM, pa.float64()), len(targets))
    return pa.FixedSizeListArray.from_arrays(cells, type=kind)


DATASET_FOLDER = FileFormat("Folder for the datasets library", "", write, check)
