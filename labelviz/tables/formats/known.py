"""The formats of other tools that are known, and a table as the tool that wrote it means it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from labelviz.errors import InputRefused
from labelviz.tables.columns import Columns
from labelviz.tables.exported import is_export
from labelviz.tables.formats import (
    argilla,
    chats,
    checked,
    cloud,
    crowd,
    doccano,
    label_studio,
    llm,
    pipeline,
    prodigy,
    records,
)
from labelviz.tables.formats.fasttext import is_fasttext, read_lines
from labelviz.tables.formats.format import (
    Format,
    Made,
    as_content,
    as_value,
    values_of,
)
from labelviz.tables.table import Content
from labelviz.tables.writers.argilla import added_to

# The surest sign first.
KNOWN: tuple[Format, ...] = (
    chats.EXCHANGES, llm.REQUESTS, llm.RESULTS, label_studio.TASKS, label_studio.MIN,
    argilla.NESTED, argilla.FLAT, argilla.ASKING, argilla.OLD, prodigy.PRODIGY,
    doccano.DOCCANO, crowd.FLOWER, crowd.TURK,
    cloud.GROUND_TRUTH, cloud.VERTEX, records.SPLINK, records.ZINGG, records.MAGELLAN_IDS,
    checked.CLEANLAB, checked.REFINERY, checked.AUTOLABEL, checked.SNORKEL, chats.CHATS,
    chats.COMPLETIONS, pipeline.ZERO_SHOT,
)  # fmt: skip
# Text without columns, known by how its lines start.
LINES: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], Made]], ...] = (
    ("fastText", is_fasttext, read_lines),
    ("ditto", records.is_ditto, records.read_ditto),
)
PLAIN = "plain"
LOOK = 10  # rows that are looked at


def converted(content: Content, where: str) -> tuple[Content, Columns]:
    """The rows of a table as the tool that wrote it means them, and what its columns mean.

    Raises
    ------
    FileRefused : the tool wrote nothing that labelviz reads.
    """
    content = _without_asides(content)
    found = None if content.options.format == PLAIN else format_of(content)
    if found is None:
        return content, Columns()
    try:
        made = found.read(values_of(content))
    except InputRefused as error:
        error.where = ", ".join(filter(None, [where, error.where]))
        raise
    if not made.rows:
        return replace(content, frame=content.frame.iloc[:0], quarantined=(
            *content.quarantined, *made.quarantined)), made.meant  # fmt: skip
    return as_content(made, content, found.name), made.meant


def _without_asides(content: Content) -> Content:
    """The table without what labelviz added for Argilla when it wrote it."""
    names = [str(name) for name in content.frame.columns]
    cells = [] if content.frame.empty else content.frame.iloc[0].tolist()
    added = added_to(names, dict(zip(names, cells, strict=False)))
    return replace(content, frame=content.frame.drop(columns=added)) if added else content


def format_of(content: Content) -> Format | None:
    """The tool that a table is of, by its columns and one of its first rows; None for any other.

    The first row alone may be one that nobody labelled.
    """
    names = [str(name) for name in content.frame.columns]
    if is_export(names):
        return None
    for cells in content.frame.head(LOOK).itertuples(index=False, name=None):
        row = dict(zip(names, map(as_value, cells), strict=True))
        found = next((each for each in KNOWN if each.fits(names, row)), None)
        if found is not None:
            return found
    return None
