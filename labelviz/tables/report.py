"""Import report: what became of every row, what was changed, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from labelviz.tables.limits import EXAMPLES
from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns
from labelviz.tables.table import Note, Quarantined


@dataclass(frozen=True)
class Lengths:
    """How long the texts of a column are, in characters (code points), by quantile."""

    column: str
    shortest: int
    p25: int
    median: int
    p75: int
    p95: int
    longest: int


@dataclass(frozen=True)
class Duplicates:
    """Samples that say what another one says. Texts are compared in Unicode normal form NFC.

    Parameters
    ----------
    exact : samples whose text, or pair of texts, an earlier sample has.
    swapped : pairs that an earlier sample has the other way round.
    conflicting : samples that share their text with one that has another label.
    """

    exact: int = 0
    swapped: int = 0
    conflicting: int = 0


@dataclass(frozen=True)
class ImportReport:
    """What became of every row: rows_in = accepted + joined + len(quarantined) + blank.

    Parameters
    ----------
    joined : rows that are part of a sample of another row, as those of several annotators are.
    """

    file: str
    sha256: str
    rows_in: int
    accepted: int
    blank: int
    quarantined: tuple[Quarantined, ...]
    notes: tuple[Note, ...]
    task_reason: str
    class_counts: dict[str, int] = field(default_factory=dict)
    empty_texts: int = 0
    duplicates: Duplicates = Duplicates()
    lengths: tuple[Lengths, ...] = ()
    too_few: tuple[str, ...] = ()
    """Classes with too few samples to judge: cross-validation cannot learn and test them."""
    joined: int = 0

    @property
    def mostly_aside(self) -> bool:
        """Whether more rows were set aside than accepted."""
        return len(self.quarantined) > self.accepted

    def quarantine_reasons(self) -> dict[str, list[Quarantined]]:
        """Quarantined rows by reason, most frequent first."""
        by_reason: dict[str, list[Quarantined]] = {}
        for each in self.quarantined:
            by_reason.setdefault(each.reason, []).append(each)
        return dict(sorted(by_reason.items(), key=lambda item: -len(item[1])))

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        whole = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            **whole,
            "quarantined": [
                {"line": q.line, "column": q.column, "reason": q.reason, "excerpt": q.excerpt}
                for q in self.quarantined
            ],
            "notes": [asdict(each) for each in self.notes],
            "duplicates": asdict(self.duplicates),
            "lengths": [asdict(each) for each in self.lengths],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportReport:
        """The report that `as_json` wrote, also by a version that counted less."""
        read = {
            **value,
            "quarantined": tuple(Quarantined(**each) for each in value["quarantined"]),
            "notes": tuple(
                Note(each["text"], each["count"], tuple(each["examples"]))
                for each in value["notes"]
            ),
            "duplicates": Duplicates(**value.get("duplicates", {})),
            "lengths": tuple(Lengths(**each) for each in value.get("lengths", ())),
            "too_few": tuple(value.get("too_few", ())),
        }
        return cls(**read)


def note(text: str, cells: Iterable[str], count: int | None = None) -> list[Note]:
    """A note about these cells with three of them as examples; none where there are none."""
    listed = list(cells)
    examples = tuple(each[:80] for each in dict.fromkeys(listed))[:EXAMPLES]
    return [Note(text, len(listed) if count is None else count, examples)] if listed else []


def quarantine_file(report: ImportReport) -> bytes:
    """The quarantined rows as CSV for a person to open: line, column, reason, excerpt."""
    rows = report.quarantined
    columns = {
        "line": [str(each.line) for each in rows],
        "column": [each.column for each in rows],
        "reason": [each.reason for each in rows],
        "excerpt": [each.excerpt for each in rows],
    }
    return as_csv(guarded_columns(columns, GUARDED))
