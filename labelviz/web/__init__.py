"""What a server serves, in a checkout and installed: the page, behind its door."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.middleware import Middleware

from labelviz.core import log
from labelviz.ui.door import Door
from labelviz.ui.ticks import Ticks

PAGE: Final = str(Path(__file__).resolve().parents[1] / "page.py")
MIDDLEWARE: Final = (Middleware(Door), Middleware(Ticks))

log.set_up()
