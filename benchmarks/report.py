"""A table of measured numbers: one Markdown file, and the same table in the README."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_table(
    name: str,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str] = (),
    summary: tuple[Sequence[str], Sequence[Sequence[str]]] | None = None,
) -> None:
    """Print a table, write `benchmarks/<name>.md`, and fill the README's block of that name.

    Where there is a summary, a header and its rows, the README gets that and the file both.

    The block stands between `<!-- bench-<name> -->` and `<!-- /bench-<name> -->`; a README without
    it is left as it is.
    """
    lines = [_line(header), _line(["---"] * len(header)), *map(_line, rows)]
    table = "\n".join(lines)
    text = "\n\n".join([table, *notes])
    short = text
    if summary is not None:
        short = "\n".join([_line(summary[0]), _line(["---"] * len(summary[0])),
                           *map(_line, summary[1])])  # fmt: skip
        text = f"{short}\n\n{text}"
    print(f"{title}\n\n{text}")
    (ROOT / "benchmarks" / f"{name}.md").write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
    readme = ROOT / "README.md"
    block = re.compile(f"(<!-- bench-{name} -->\n).*?(<!-- /bench-{name} -->)", re.DOTALL)
    before = readme.read_text(encoding="utf-8")
    after = block.sub(lambda found: f"{found[1]}{short}\n{found[2]}", before)
    if after != before:
        readme.write_text(after, encoding="utf-8")


def code_hash(*paths: str) -> str:
    """16 hex digits of the code in files and folders of the repository, by their paths in it."""
    found = hashlib.sha256()
    for each in paths:
        for path in sorted((ROOT / each).rglob("*.py")) or [ROOT / each]:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def machine() -> str:
    """The processor, what it multiplies, and the versions that compute, in one sentence."""
    import torch
    import transformers

    able = torch.cpu.get_capabilities()
    kinds = [
        *(name for name in ("amx_bf16", "avx512_bf16", "avx512_f", "avx2") if able.get(name)),
        "plain",
    ]
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else able.get("cpu_name", "")
    return (
        f"{where or platform.machine()}, {torch.get_num_threads()} threads, {kinds[0]}; "
        f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}."
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
