"""The phrases that texts are written from, as `data/phrases` holds them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "phrases"


def phrases(name: str) -> Mapping[str, Any]:
    """Return what `data/phrases/<name>.toml` holds, read-only and in its order.

    A block between triple quotes becomes the tuple of its lines, a line with bars the tuple of its
    cells, an array a tuple, a table a mapping; other values stay as they are.
    """
    words: Mapping[str, Any] = _frozen(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))
    return words


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(each) for key, each in value.items()})
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, str) and "\n" in value:
        return tuple(_row(line) for line in value.splitlines() if line.strip())
    return value


def _row(line: str) -> str | tuple[str, ...]:
    cells = tuple(cell.strip() for cell in line.split("|"))
    return cells if len(cells) > 1 else cells[0]
