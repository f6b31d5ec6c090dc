"""What a newer dataset changes: samples new and gone, texts edited, labels changed, classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from labelviz.core.dataset import Dataset

# Share of the samples of a class that have to carry another name for it to look renamed.
MOSTLY = 0.5


@dataclass(frozen=True)
class Revision:
    """What differs between two datasets, sample by sample of the same id.

    Parameters
    ----------
    new, gone, edited, relabelled : ids. `edited` have other texts, `relabelled` another given
        label.
    new_classes, gone_classes : names.
    renamed : the new name of each class that seems to have another one, by its old name.
    """

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    new_classes: tuple[str, ...] = ()
    gone_classes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """One line of words for each kind of change that there is."""
        counted = (
            (self.new, "samples are new"),
            (self.gone, "samples are gone"),
            (self.edited, "samples have another text"),
            (self.relabelled, "samples have another label"),
        )
        lines = [f"{len(ids):,} {words}, first {ids[0]}" for ids, words in counted if ids]
        if self.new_classes:
            lines.append(f"classes that are new: {', '.join(self.new_classes)}")
        if self.gone_classes:
            lines.append(f"classes that are gone: {', '.join(self.gone_classes)}")
        if self.renamed:
            lines.append(f"classes that seem to have another name: {', '.join(self.renames())}")
        return lines

    def renames(self) -> list[str]:
        """In words, the new name of each class that seems to have another one."""
        return [f"{old} is {new}" for old, new in self.renamed.items()]


def revision(before: Dataset, after: Dataset) -> Revision:
    """What the second dataset changes in the first."""
    shared = [sample for sample in after.ids if sample in before.rows]
    edited, relabelled = [], []
    carried: dict[str, Counter[str]] = {}
    for sample in shared:
        old, new = before.rows[sample], after.rows[sample]
        if [texts[old] for texts in before.texts] != [texts[new] for texts in after.texts]:
            edited.append(sample)
        was = before.label_names(before.given, old)
        now = after.label_names(after.given, new)
        if was != now:
            relabelled.append(sample)
        if len(was) == len(now) == 1:
            carried.setdefault(was[0], Counter())[now[0]] += 1
    known, mine = set(before.classes), set(after.classes)
    gone = tuple(name for name in before.classes if name not in mine)
    fresh = tuple(name for name in after.classes if name not in known)
    return Revision(
        new=tuple(sample for sample in after.ids if sample not in before.rows),
        gone=tuple(sample for sample in before.ids if sample not in after.rows),
        edited=tuple(edited),
        relabelled=tuple(relabelled),
        new_classes=fresh,
        gone_classes=gone,
        renamed=_renamed(carried, gone, fresh),
    )


def _renamed(
    carried: Mapping[str, Counter[str]], gone: tuple[str, ...], fresh: tuple[str, ...]
) -> dict[str, str]:
    """Classes that are gone whose samples mostly carry one that is new."""
    found: dict[str, str] = {}
    for name in gone:
        counts = carried.get(name, Counter())
        best = counts.most_common(1)
        if best and best[0][0] in fresh and best[0][1] > MOSTLY * counts.total():
            found[name] = best[0][0]
    return found if len(set(found.values())) == len(found) else {}
