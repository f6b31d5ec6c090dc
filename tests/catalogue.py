"""How much of the catalogue of bad inputs the tests hold: python -m tests.catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "docs" / "bad-inputs.md"
ROW = re.compile(r"\| ([A-P]\d\d) \| ([^|]+) \| ([^|]+) \|")
FAMILY = re.compile(r"## ([A-P])\. (.+)")


def cases() -> dict[str, str]:
    """What is put in, by id, in the order of the catalogue."""
    text = CATALOGUE.read_text("utf-8")
    return {match[1]: match[2] for match in ROW.finditer(text)}


def families() -> dict[str, str]:
    """Title by letter."""
    return {match[1]: match[2] for match in FAMILY.finditer(CATALOGUE.read_text("utf-8"))}


def markers() -> Iterator[tuple[str, Path, int]]:
    """(id, file, line) of every id in a `bad_input` marker of a test."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text("utf-8")
        if "bad_input" not in text:
            continue
        for node in ast.walk(ast.parse(text, str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.bad_input":
                for argument in node.args:
                    assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}"
                    yield str(argument.value), path, node.lineno


def main() -> None:
    """Print covered against total by family, and the ids that no test holds."""
    every, held = cases(), {name for name, _, _ in markers()}
    for letter, title in families().items():
        mine = [name for name in every if name[0] == letter]
        open_ = [name for name in mine if name not in held]
        print(f"{letter}  {len(mine) - len(open_):>3} of {len(mine):>3}  {title}")
        if open_:
            print(f"   not yet: {' '.join(open_)}")
    print(f"   {len(held & every.keys()):>3} of {len(every):>3}  in all")


if __name__ == "__main__":
    main()
