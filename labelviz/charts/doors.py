"""A mark of a chart is a door to Review: it carries the queue that it stands for."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from labelviz.core.queue import Queue


def door(queue: Queue) -> str:
    """The queue as a mark's `customdata`."""
    return urlencode(queue.to_query())


def behind(customdata: object) -> Queue | None:
    """The queue behind a mark that was clicked; None where the mark is no door."""
    value = customdata[0] if isinstance(customdata, list) and customdata else customdata
    if not isinstance(value, str):
        return None
    return Queue.from_query(dict(parse_qsl(value, keep_blank_values=True)))
