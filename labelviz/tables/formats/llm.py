"""Requests and results of LLM batches, where they are given as a table of samples."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import Format, Made
from labelviz.tables.llm.replies import is_request, is_result
from labelviz.tables.llm.requests import cut_words, prompt_of


def fits_requests(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Requests of a batch."""
    return is_request(list(names))


def fits_results(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Results of a batch."""
    return is_result(list(names))


def read_requests(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Id, prompt, and as text what of the prompt differs from the others."""
    made = Made()
    found = prompt_of([row for _, row in rows])
    whole = zip(rows, found.ids, found.texts, found.prompts, strict=True)
    for (line, _), sample, text, prompt in whole:
        made.add(line, {"custom_id": sample, "text": text, "prompt": prompt})
    if words := cut_words(*found.around):
        made.left_out[f"{words}; the whole is in column 'prompt'"] = len(rows)
    made.meant = Columns(text="text", id="custom_id", classes=found.classes)
    return made


def read_results(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Refuse answers without the texts that were asked about.

    Raises
    ------
    FileRefused : always.
    """
    raise FileRefused(
        f"The file holds {len(rows):,} answers of an LLM without the texts that they are about.",
        remedy="Load the table or the requests that were sent, and give this file as the answers "
        "to them (on the command line: load WORKSPACE TABLE --answers FILE).",
    )


REQUESTS = Format("an LLM batch", fits_requests, read_requests)
RESULTS = Format("an LLM batch", fits_results, read_results)
