"""The log of a server: one JSON line for whatever happens, and nobody's texts in it.

Where `LABELVIZ_LOG` is `json`, every record of Python's logging becomes such a line, those of the
libraries included. What they say in words, and what an exception says, may quote a text, a name or
an address with its password. So of theirs only the place in the code and the kind of error stand in
the log.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

VARIABLE: Final = "LABELVIZ_LOG"
JSON: Final = "json"
NAME: Final = "labelviz"
WARNINGS: Final = "py.warnings"  # Python's own logger of warnings
FACTS: Final = "facts"
MOST_FRAMES = 12


def happened(event: str, **facts: str | int | float) -> None:
    """Write a line about an event of this server.

    Parameters
    ----------
    event : what, in a few words that are always the same.
    facts : numbers, and names of our own; nothing that a file or a visitor says.
    """
    if is_asked_for():
        logging.getLogger(NAME).info(event, extra={FACTS: facts})


def is_asked_for() -> bool:
    """Whether whoever started this server wants the log."""
    return os.environ.get(VARIABLE, "").lower() == JSON


def set_up() -> None:
    """Have every record of this process be a line of the log, where that is asked for."""
    if not is_asked_for():
        return
    logging.setLogRecordFactory(_Line)
    logging.captureWarnings(True)
    logging.getLogger(NAME).setLevel(logging.INFO)
    for name in (NAME, WARNINGS):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.StreamHandler())
    threading.excepthook = _ended


def _ended(how: threading.ExceptHookArgs) -> None:
    """Log what ended a thread."""
    if how.exc_value is not None:
        known = how.exc_type, how.exc_value, how.exc_traceback
        logging.getLogger(NAME).error("thread ended", exc_info=known)


class _Line(logging.LogRecord):
    """A record that says itself as a line of JSON, without the words of others."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._error = _of(self.exc_info)
        self.exc_info = self.stack_info = None

    def getMessage(self) -> str:  # noqa: N802 - logging's own name
        """The whole line."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(self.created, UTC).isoformat(timespec="milliseconds"),
            "level": self.levelname.lower(),
            "process": self.process,
            "logger": self.name,
        }
        if self.name == NAME:
            said |= {"event": self.msg, **getattr(self, FACTS, {})}
        else:
            said["where"] = f"{self.module}:{self.lineno}"
        return json.dumps(said | self._error, ensure_ascii=False, default=str)


def _of(exc_info: Any) -> dict[str, Any]:
    """The kind of an exception and where it passed, the innermost last; nothing where none is."""
    kind, _, trace = exc_info if isinstance(exc_info, tuple) else (None, None, None)
    if kind is None:
        return {}
    passed = extract_tb(trace)[-MOST_FRAMES:]
    frames = [f"{Path(each.filename).stem}:{each.lineno} {each.name}" for each in passed]
    return {"error": kind.__name__, "trace": frames}
