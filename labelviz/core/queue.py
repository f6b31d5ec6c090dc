"""Queue: which samples to look at, and in which order. The filter is the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from labelviz.core.area import Area
from labelviz.core.asked import LONGEST, asked, check
from labelviz.errors import RequestRefused

Show = Literal[
    "flagged",
    "all",
    "unreviewed",
    "kept",
    "corrected",
    "softened",
    "excluded",
    "unsure",
    "disputed",
]
Region = Literal["easy", "ambiguous", "hard"]  # of a data map
Sort = Literal[
    "worst", "disputed", "uncertain", "given", "predicted", "length", "random", "file"
]  # fmt: skip
SHOWS: tuple[Show, ...] = get_args(Show)
SORTS: tuple[Sort, ...] = get_args(Sort)
REGIONS: tuple[Region, ...] = get_args(Region)
BOX = ("confidence_low", "confidence_high", "variability_low", "variability_high")
HIGHEST_VARIABILITY = 0.5  # no standard deviation of a probability is higher
# The highest value of each; the lowest is 0.
BOUNDS = {
    "low": 1.0, "high": 1.0, "confidence_low": 1.0, "confidence_high": 1.0,
    "variability_low": HIGHEST_VARIABILITY, "variability_high": HIGHEST_VARIABILITY,
}  # fmt: skip


@dataclass(frozen=True)
class Queue:
    """A filter and an order, as they stand in the URL.

    Raises
    ------
    RequestRefused : a field is out of range or none of its choices.
    """

    show: Show = asked(
        "flagged", "Flagged and not yet reviewed, all, or one status.", choices=SHOWS
    )
    sort: Sort = asked(
        "worst",
        "Worst suspicion first, most disputed among annotators, most uncertain model first, by "
        "given or predicted label in the order of the classes, longest texts first, random (the "
        "same for everybody), or file order.",
        choices=SORTS,
    )
    reverse: bool = asked(False, "The other way round.")
    given: str = asked("", "Class that the given label is, or has among several.", metavar="CLASS")
    predicted: str = asked("", "Class that the model expects, alone or among several.",
                           metavar="CLASS")  # fmt: skip
    between: str = asked(
        "", "Class that the model wavers over: its border with any other, or with --versus.",
        metavar="CLASS",
    )  # fmt: skip
    versus: str = asked("", "Class on the other side of that border.", metavar="CLASS")
    low: float = asked(0.0, "Least suspicion.", ge=0, le=1)
    high: float = asked(1.0, "Highest suspicion.", ge=0, le=1)
    slice: str = asked("", "A slice column.", metavar="COL")
    value: str = asked("", "What stands in that slice column.")
    text: str = asked("", "Words that all occur in the id or the texts, whatever their case.")
    reason: str = asked("", "Words that all occur in what the detectors say.")
    column: str = asked("", "Any column of the file.", metavar="COL")
    cell: str = asked("", "Words that all occur in its cell.")
    by: str = asked("", "Who decided the sample.", option="decided-by", metavar="NAME")
    region: str = asked("", "Part of the data map; empty for any.", choices=REGIONS)
    confidence_low: float = asked(0.0, "Least confidence on the data map.", ge=0, le=1)
    confidence_high: float = asked(1.0, "Highest confidence on the data map.", ge=0, le=1)
    variability_low: float = asked(
        0.0, "Least variability on the data map.", ge=0, le=HIGHEST_VARIABILITY
    )
    variability_high: float = asked(
        HIGHEST_VARIABILITY, "Highest variability on the data map.", ge=0, le=HIGHEST_VARIABILITY
    )

    area: str = asked(
        "", "Part of the map of all samples, as the link of a lasso names it.", metavar="AREA"
    )

    def __post_init__(self) -> None:
        check(self)
        if self.area and Area.read(self.area) is None:
            raise RequestRefused(
                "The area is no part of a map.",
                field="area",
                remedy="Take it from the link that the map of the samples leads to.",
            )

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Queue:
        """The queue a URL asks for; what it says wrongly counts as not said."""
        names = (f.name for f in fields(cls) if f.name in query)
        known: dict[str, Any] = {n: query[n] for n in names if len(query[n]) <= LONGEST}
        known["show"] = known.get("show") if known.get("show") in SHOWS else None
        known["sort"] = known.get("sort") if known.get("sort") in SORTS else None
        known["region"] = known.get("region") if known.get("region") in REGIONS else None
        known["area"] = known.get("area") if Area.read(known.get("area", "")) else None
        known["reverse"] = True if known.get("reverse") == str(True) else None
        known |= {name: _bound(query.get(name, ""), most) for name, most in BOUNDS.items()}
        return cls(**{name: value for name, value in known.items() if value is not None})

    def to_query(self) -> dict[str, str]:
        """What differs from the plain queue, as URL parameters."""
        plain = asdict(Queue())
        return {k: str(v) for k, v in asdict(self).items() if v != plain[k]}

    @property
    def order(self) -> str:
        """What decides which rows stand in line and where, whatever their status."""
        said = self.to_query()
        return urlencode({k: v for k, v in said.items() if k not in ("show", "by")})

    @property
    def narrowed(self) -> bool:
        """Whether it leaves out samples for another reason than their status."""
        return bool(self.to_query().keys() - {"show", "sort", "reverse"})

    @property
    def first_time(self) -> bool:
        """Whether it shows what is to be decided yet, and not what was decided before."""
        return self.show in ("flagged", "unreviewed")

    @property
    def on_map(self) -> bool:
        """Whether it asks for a part of the data map."""
        return not self.to_query().keys().isdisjoint(("region", *BOX))


def _bound(text: str, most: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= most else None
