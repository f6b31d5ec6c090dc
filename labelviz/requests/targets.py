"""Ask for targets: the policy that makes them, and a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.files import check_absent
from labelviz.core.progress import Report, silent
from labelviz.core.queue import Queue
from labelviz.core.settings import LEAST_PRECISION, THRESHOLD_BY, TRAINING, TrainSettings
from labelviz.errors import RequestRefused, StepMissing, TargetsRefused, in_words
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.distributions import Targets
    from labelviz.core.target_changes import TargetChanges
    from labelviz.core.thresholds import Thresholds
    from labelviz.layers.look import Link
    from labelviz.project.workspace import Workspace
    from labelviz.tables.export import Exported as Exported

# The words of `labelviz.tables.writers.known`.
FORMATS = ("csv", "jsonl", "parquet", "excel", "datasets", "label-studio", "argilla")
# Which formats a file's name may mean.
ENDINGS = {
    ".csv": ("csv",), ".jsonl": ("jsonl", "argilla"), ".json": ("label-studio",),
    ".parquet": ("parquet",), ".xlsx": ("excel",),
}  # fmt: skip
WITH_TRAINING = {
    "with-training": "Write a folder beside the file too, that trains on the targets of all "
    "samples with plain torch and transformers, and no labelviz."
}
WHOLE = Queue(show="all", sort="file")  # all samples, in the order of the file


@dataclass(frozen=True, kw_only=True)
class SetPolicy(Request):
    """Choose the policy that turns labels into training targets."""

    kind: ClassVar[str] = "targets"
    command: ClassVar[str] = "targets"

    policy: str = asked(
        "",
        "Layers with + between: hard, smooth:off=0.1, 'dynamic:max=0.2 + duplicates', and so on; "
        "or @NAME or @NAME@VERSION of targets that were kept, or that labelviz.toml names under "
        "[targets]. Where not given, the one in use.",
    )
    keep: str = asked("", "Keep the targets as @NAME, as its next version.", metavar="NAME")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_policy(self.policy, "policy")

    def run(self, project: Workspace, report: Report = silent) -> Targets:
        """Set it where one is given; returns the targets."""
        if self.policy:
            targets = project.goals.set_policy(str(project.sets.policy(self.policy)))
        else:
            targets = project.goals.targets()
        if self.keep:
            project.sets.keep(self.keep)
        return targets


@dataclass(frozen=True)
class Looked:
    """One sample's way from its label to its target: on a line, and what to know of the policy."""

    words: str
    chain: tuple[Link, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LookThrough(Request):
    """Show how the target of one sample came about, layer by layer."""

    kind: ClassVar[str] = "look"
    command: ClassVar[str] = "look"

    sample: str = asked(REQUIRED, "The sample's id.", place=True)
    policy: str = asked("", "Another policy than the one in use, as for `targets`.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_policy(self.policy, "policy")

    def run(self, project: Workspace, report: Report = silent) -> Looked:
        """Look through the layers.

        Raises
        ------
        RequestRefused : there is no such sample.
        """
        from labelviz.layers.cautions import cautions
        from labelviz.layers.look import chain, chain_words

        dataset = project.dataset
        if self.sample not in dataset.rows:
            raise RequestRefused(
                f"The dataset has no sample {in_words([self.sample])}.",
                field="sample",
                remedy="Look which there are with `labelviz queue`.",
            )
        chosen = project.sets.policy(self.policy) if self.policy else None
        now = project.goals.moment(chosen)
        links = chain(now.making, now.review, self.sample)
        words = chain_words(links, dataset.classes, multilabel=dataset.multilabel)
        seen = project.suspicion
        doubts = cautions(now.making, now.targets, None if seen is None else seen.flagged)
        return Looked(words, links, doubts)


@dataclass(frozen=True, kw_only=True)
class CompareTargets(Request):
    """Compare two sets of targets row by row."""

    kind: ClassVar[str] = "compare targets"
    command: ClassVar[str] = "differ"

    first: str = asked(REQUIRED, "@NAME, @NAME@VERSION, or a policy as it is written.", place=True)
    second: str = asked("", "Another; where not given, the targets in use.", place=True)
    out: Path | None = asked(
        None, "Write the samples that differ, farthest first, to a new CSV.", metavar="FILE"
    )

    def run(self, project: Workspace, report: Report = silent) -> TargetChanges:
        """Compare.

        Raises
        ------
        TargetsRefused : one is neither a name nor a policy. ExportRefused : the file exists.
        """
        from labelviz.core.files import created

        if self.out:
            check_absent(self.out)
        found = project.sets.compare(self.first, self.second)
        if self.out:
            with created(self.out) as temporary:
                temporary.write_bytes(differences(found))
        return found


def differences(found: TargetChanges) -> bytes:
    """The samples that two sets of targets have otherwise, as CSV: id, distance, both targets."""
    from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns

    rows = found.farthest(len(found.distance))
    columns = {
        "id": [str(found.first.ids[row]) for row in rows],
        "distance": [repr(float(found.distance[row])) for row in rows],
    }
    for place, targets in (("first", found.first), ("second", found.second)):
        for k, name in enumerate(targets.classes):
            columns[f"{place}_{name}"] = [repr(float(targets.values[row, k])) for row in rows]
        columns[f"{place}_weight"] = [repr(float(targets.weight[row])) for row in rows]
    return as_csv(guarded_columns(columns, GUARDED))


def _check_policy(text: str, field: str) -> None:
    from labelviz.layers.policy import parse_policy

    try:
        if text and not text.startswith("@"):
            parse_policy(text)
    except TargetsRefused as error:
        raise RequestRefused(error.what, field=field, remedy=error.remedy) from error


@dataclass(frozen=True, kw_only=True)
class SetThresholds(Request):
    """Choose from which probability on a class counts as there."""

    kind: ClassVar[str] = "thresholds"
    command: ClassVar[str] = "thresholds"

    objective: str = asked(
        THRESHOLD_BY[0],
        "The highest F1, or the highest recall at a precision.",
        choices=THRESHOLD_BY,
    )
    precision: float = asked(LEAST_PRECISION, "The least precision, for recall.", gt=0, le=1)
    truth: Path | None = asked(
        None,
        "CSV with id and label, trusted; what reviewers settled where none is given.",
        metavar="FILE",
    )
    one: bool = asked(False, "One threshold for all classes.")
    by_hand: Mapping[str, str] = asked(
        {}, "A threshold that you name, CLASS=NUMBER; then no other is chosen.",
        option="set", metavar="CLASS=NUMBER",
    )  # fmt: skip
    even: bool = asked(False, "One half for every class again.")

    def run(self, project: Workspace, report: Report = silent) -> Thresholds | None:
        """Use them; returns how they were chosen, None where they were set by hand.

        Raises
        ------
        StepMissing : too few samples are known. TargetsRefused : the top one of the classes counts.
        """
        cuts = project.goals.cuts
        if self.by_hand or self.even:
            cuts.use({} if self.even else self._numbers())
            return None
        found = cuts.choose(self.objective, self.precision, self.truth)
        values = [found.overall] * len(found.classes) if self.one else found.values.tolist()
        cuts.use(dict(zip(found.classes, values, strict=True)))
        return found

    def _numbers(self) -> dict[str, float]:
        try:
            return {name: float(each) for name, each in self.by_hand.items()}
        except ValueError as error:
            raise RequestRefused(
                "A threshold is no number.", field="by_hand", remedy="Give a number from 0 to 1."
            ) from error


@dataclass(frozen=True, kw_only=True)
class Export(Request):
    """Export every original column with its target, and manifest.json beside it."""

    kind: ClassVar[str] = "export"
    command: ClassVar[str] = "export"

    file: Path | None = asked(
        None, "A new file; by default in the workspace's exports.", place=True
    )
    format: str = asked(
        "", "How it is written; where not given, as the file's name ends, else as CSV.",
        choices=FORMATS,
    )  # fmt: skip
    exact: bool = asked(
        False,
        "Write every text as it is, for programs. Otherwise one that a spreadsheet would run as a "
        "formula gets an apostrophe before it, which loading the file takes off again. Of CSV "
        "alone; other formats hold every text as it is.",
    )
    provenance: bool = asked(
        True, "Columns that say who or what decided: source, policy, reviewer, time and note."
    )
    suspicion: bool = asked(
        False, "Columns of what the detectors say: suspicion, suggested label and reasons."
    )
    queue: Queue = part(WHOLE)

    def __post_init__(self) -> None:
        super().__post_init__()
        ending = self.file.suffix.lower() if self.file else ""
        if self.format and ending in ENDINGS and self.format not in ENDINGS[ending]:
            raise RequestRefused(
                "The name of the file means another format than the one that is asked for.",
                field="format",
                remedy="Leave the format out, or name the file as its kind is named.",
            )
        if not self.format and ending == ".json":
            raise RequestRefused(
                "A name that ends in .json does not say which format is meant.",
                field="format",
                remedy="Ask for jsonl, with a name that ends in .jsonl, or for label-studio.",
            )

    def run(self, project: Workspace, report: Report = silent) -> Exported:
        """Write the file, and read it back.

        Raises
        ------
        StepMissing : what the detectors say is asked for, and nothing was flagged.
        """
        said = project.findings.suspicion
        if self.suspicion and said is None:
            raise StepMissing(
                "Nothing was flagged yet, so there is no suspicion to write.",
                where=str(project.path),
                remedy="Run `labelviz flag`, or leave the columns of suspicion out.",
            )
        return project.goals.export(
            self.file,
            format=self.format,
            exact=self.exact,
            provenance=self.provenance,
            suspicion=said if self.suspicion else None,
            samples=None if self.queue == WHOLE else project.queues.waiting(self.queue),
        )


@dataclass(frozen=True)
class HandedOut:
    """A file of targets, and the folder beside it that trains on them without labelviz."""

    exported: Exported
    folder: Path


@dataclass(frozen=True, kw_only=True)
class ExportToTrain(Export):
    """Export targets, and a folder beside the file that trains on all of them elsewhere."""

    kind: ClassVar[str] = "export with training"
    chosen_by: ClassVar[tuple[str, ...]] = tuple(WITH_TRAINING)
    flags: ClassVar[dict[str, str]] = WITH_TRAINING

    model: str = asked(
        "",
        "What to train: a folder, which is copied, or a hub id; else a small encoder of many "
        "languages.",
        metavar=MODEL_GIVEN_AS,
    )
    settings: TrainSettings = part(TRAINING)

    def run(self, project: Workspace, report: Report = silent) -> HandedOut:  # type: ignore[override]
        """Write the file and the folder.

        Raises
        ------
        ExportRefused : one of them is there.
        RunRefused : there is nothing to train or to validate on.
        """
        if self.file:
            check_absent(training_beside(self.file))
        exported: Exported = super().run(project, report)
        folder = training_beside(exported.path)
        return HandedOut(exported, project.runs.hand_out(folder, self.model, self.settings))


def training_beside(path: Path) -> Path:
    """The folder that trains on the targets in a file."""
    return path.with_name(f"{path.stem}-training")
