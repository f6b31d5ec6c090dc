"""Pairs of records: what Splink, Zingg, Magellan and ditto write."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import Format, Made

CLERICAL, LIKELY = "clerical_match_score", "match_probability"
# What Splink writes beside the records: comparison levels, weights and terms.
WORKINGS = re.compile(r"(gamma|bf|tf|mw)_.*|match_weight|match_key")
CLUSTER, MATCH = "z_cluster", "z_isMatch"
CANNOT_SAY, TOO_LARGE = "the reviewer could not say", "its cluster is no pair of records"
COLUMN = re.compile(r"\bCOL (.+?) VAL ?(.*?)(?=\s*\bCOL .+? VAL|\s*$)", re.S)
LOOK = 200
NO_PAIR = "is no pair of records with a label"


def fits_splink(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Ids of both sides, and how likely they match."""
    return {"unique_id_l", "unique_id_r"} <= {*names} and bool({CLERICAL, LIKELY} & {*names})


def read_splink(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Pairs; a clerk's score is a soft label, a probability is a model's label and its confidence.

    Raises
    ------
    FileRefused : the file holds ids and no records.
    """
    made = Made()
    names = [name for name in rows[0][1] if name.endswith("_l") and _tells(name)]
    first = tuple(name for name in names if f"{name[:-2]}_r" in rows[0][1])
    if not first:
        raise FileRefused(
            "The file holds ids of pairs and none of the records.",
            remedy="Join the records to it, or have Splink keep their columns "
            "(retain_matching_columns, additional_columns_to_retain).",
        )
    clerk = CLERICAL in rows[0][1]
    for line, row in rows:
        kept = {k: v for k, v in row.items() if not WORKINGS.fullmatch(k)}
        share = _share(row.get(CLERICAL if clerk else LIKELY))
        if share is None:
            made.set_aside(line, CLERICAL if clerk else LIKELY, "holds no share of 1", str(row))
        elif clerk:
            made.add(line, {**kept, "match_0": round(1 - share, 12), "match_1": share})
        else:
            sure = {"match": int(share >= 0.5), "match_confidence": max(share, 1 - share)}
            made.add(line, {**kept, **sure})
    second = tuple(f"{name[:-2]}_r" for name in first)
    made.meant = Columns(
        text=first[0], text_with=first[1:], text_b=second[0], text_b_with=second[1:],
        label="" if clerk else "match", soft=("match_0", "match_1") if clerk else (),
        confidence="" if clerk else "match_confidence",
    )  # fmt: skip
    return made


def fits_zingg(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Rows of records with their cluster and whether it matches."""
    return {CLUSTER, MATCH} <= {*names}


def read_zingg(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """The two rows of a cluster as one pair; 2 means that the reviewer could not say.

    Raises
    ------
    FileRefused : the clusters are no pairs.
    """
    made = Made()
    by_cluster: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for line, row in rows:
        by_cluster.setdefault(str(row[CLUSTER]), []).append((line, row))
    pairs = sum(len(each) == 2 for each in by_cluster.values())
    if 2 * pairs < len(by_cluster):
        raise FileRefused(
            "The file holds clusters of records and no pairs.",
            remedy="Give pairs that somebody labelled, two rows each.",
        )
    for cluster, both in by_cluster.items():
        lines = [line for line, _ in both]
        match = str(both[0][1][MATCH]).removesuffix(".0")
        if len(both) != 2 or match not in ("0", "1"):
            reason = TOO_LARGE if len(both) != 2 else CANNOT_SAY
            for line in lines:
                made.set_aside(line, MATCH, reason, cluster)
            continue
        attributes = [name for name in both[0][1] if not name.startswith("z_")]
        sides = zip(("left", "right"), both, strict=True)
        cells = {f"{side}_{name}": row[name] for side, (_, row) in sides for name in attributes}
        made.add(lines[0], {CLUSTER: cluster, **cells, "match": match})
        made.joined += 1
    made.meant = Columns(id=CLUSTER, label="match")
    return made


def fits_ids(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Magellan: ids of both tables, and nothing else of them."""
    sides = {name for name in names if name.startswith(("ltable_", "rtable_"))}
    return sides == {"ltable_id", "rtable_id"}


def read_ids(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Refuse pairs of ids.

    Raises
    ------
    FileRefused : always.
    """
    raise FileRefused(
        f"The file holds {len(rows):,} pairs of ids and none of the records.",
        remedy="Join both tables to it (tableA.csv, tableB.csv), with ltable_ and rtable_ before "
        "the names of their columns.",
    )


def is_ditto(data: bytes) -> bool:
    """Whether the first lines of a text are two records and a label, with tabs between them."""
    lines = [line for line in data[: 1 << 16].splitlines()[:LOOK] if line.strip()]
    whole = lines[:-1] if len(data) > 1 << 16 and len(lines) > 1 else lines
    return bool(whole) and all(
        line.count(b"\t") == 2 and all(part.lstrip().startswith(b"COL ") for part in
                                       line.split(b"\t")[:2])
        for line in whole
    )  # fmt: skip


def read_ditto(data: bytes) -> Made:
    """Both records as lines of attribute: value; a line's number is its place in the file."""
    made = Made()
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) == 3 and all(parts):
            left, right = (_lines(part) for part in parts[:2])
            made.add(number, {"left": left, "right": right, "label": parts[2]})
        elif line.strip():
            made.set_aside(number, "", NO_PAIR, line)
    return made


def _lines(record: str) -> str:
    found = COLUMN.findall(record)
    if not found:
        return record
    return "\n".join(f"{name}: {value.strip()}" for name, value in found if value.strip())


def _tells(name: str) -> bool:
    """Whether a column of one side says something of the record."""
    base = name[:-2]
    return base not in ("unique_id", "source_dataset") and not WORKINGS.fullmatch(name)


def _share(cell: Any) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


SPLINK = Format("Splink", fits_splink, read_splink)
ZINGG = Format("Zingg", fits_zingg, read_zingg)
MAGELLAN_IDS = Format("Magellan", fits_ids, read_ids)
