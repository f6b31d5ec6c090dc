"""Goals: the policy, the targets it makes with the decisions on top, and their export."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import STATUSES, Review
from labelviz.core.difficulty import DataMap
from labelviz.core.distributions import Targets
from labelviz.core.groups import splits
from labelviz.core.reviewed import reviewed_of
from labelviz.core.settings import HARD
from labelviz.core.statuses import Statuses
from labelviz.core.suspicion import Suspicion
from labelviz.core.transitions import by_model_and_reviews
from labelviz.errors import StepMissing, unharmed
from labelviz.layers.decided import settled, with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import Policy, parse_old_policy, parse_policy
from labelviz.project.cuts import Cuts
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.folder import LAYERS, Folder
from labelviz.project.opinions import Opinions
from labelviz.tables import export
from labelviz.tables.writers.known import DEFAULT_FORMAT, WRITERS, format_for

if TYPE_CHECKING:
    import pandas as pd

    from labelviz.tables.report import ImportReport

EXPORTS = "exports"
# How the state said the policy before it had layers.
OLD_POLICY, OLD_POOL = "policy", "pool"


@dataclass(frozen=True, eq=False)
class Seen:
    """What was found about labels: suspicion, and how a model learned them; None for neither."""

    suspicion: Suspicion | None = None
    learned: DataMap | None = None


@dataclass(frozen=True, eq=False)
class Moment:
    """What holds in a workspace at one moment, so that all that is made of it agrees.

    Parameters
    ----------
    review : the dataset and the decisions on it.
    making : what the policy makes of its labels.
    probabilities : name of those in use, if any.
    """

    review: Review
    making: Making
    probabilities: str | None

    @cached_property
    def targets(self) -> Targets:
        """The targets with decisions on top."""
        return with_decisions(self.making, self.review)


@dataclass(frozen=True, eq=False)
class Goals:
    """What a model is to learn.

    Parameters
    ----------
    folder : of the workspace.
    data, opinions, decisions : what targets are made of.
    seen : tells what was found about the labels, where a policy asks.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions
    seen: Callable[[], Seen] = Seen

    @cached_property
    def cuts(self) -> Cuts:
        """The thresholds from which a class counts as there."""
        return Cuts(self.folder, self.data, self.opinions, self.decisions)

    @property
    def policy(self) -> Policy:
        """The policy that makes targets."""
        state = self.folder.state
        if LAYERS not in state and OLD_POLICY in state:
            return parse_old_policy(state[OLD_POLICY], pool=bool(state.get(OLD_POOL)))
        return parse_policy(state.get(LAYERS, HARD))

    @unharmed("The policy and the targets are as they were.")
    def set_policy(self, text: str) -> Targets:
        """Choose the policy, for example `smooth:off=0.1 + duplicates`; returns the targets.

        Raises
        ------
        TargetsRefused : no such layer. StepMissing : it needs what is not there.
        """
        policy = parse_policy(text)
        targets = self.targets(policy)
        self.folder.change(**{LAYERS: str(policy)})
        return targets

    @of_one_dataset
    def making(self, policy: Policy | None = None) -> Making:
        """What the policy in use, or another, makes of labels, before any decision."""
        chosen = policy or self.policy
        ground = self._ground(chosen)
        key = "making", policy is None
        return self.folder.memo(key, (str(chosen), ground), lambda: Making(ground, chosen))

    def on_cards(self) -> Making:
        """What a reviewer sees as target: by the policy in use, or the labels as they are.

        The latter where it needs what is not there, as after a reload, before there are
        probabilities again: reviewing goes on.
        """
        try:
            found = self.making()
            found.targets  # noqa: B018 - what is missing shows when they are made
        except StepMissing:
            return self.making(parse_policy(HARD))
        return found

    def _ground(self, policy: Policy) -> Ground:
        """What a policy's layers rest on, the same object as long as that stands."""
        dataset, name, needs = self.data.dataset, self.opinions.current, policy.needs
        asked = needs & {"suspicion", "training log"}
        seen = self.seen() if asked else Seen()
        review = self.decisions.review if "reviews" in needs else None
        version = (
            dataset, name, id(seen.suspicion), id(seen.learned), review and review.sequence
        )  # fmt: skip

        def make() -> Ground:
            p = self.opinions.probabilities(name) if name else None
            draws = None if review is None else self.decisions.draws
            return Ground(dataset, p, seen.suspicion, seen.learned, review, draws)

        return self.folder.memo(("ground", bool(asked), review is not None), version, make)

    @of_one_dataset
    def noise(self) -> Floats | None:
        """How often each class is given for another: T[j, i] = P(given = i | true = j).

        By the model in use and what reviewers settled, test samples left out: they are to judge
        what was trained with it.

        Returns
        -------
        (K, K), or (K, 2, 2) for several labels, a matrix for each class; None without
        probabilities.
        """
        if self.opinions.current is None:
            return None
        dataset, p = self.data.dataset, self.opinions.probabilities().values
        tested = splits(dataset) == "test"
        given = np.where(tested[:, None] if dataset.multilabel else tested, MISSING, dataset.given)
        decisions = self.decisions
        said = reviewed_of(decisions.review, decisions.draws, ~tested)
        return by_model_and_reviews(given, p, said)

    @of_one_dataset
    def moment(self, policy: Policy | None = None) -> Moment:
        """What holds now, all of it at one moment; by another policy where one is named."""
        while True:
            state, review = self.folder.state, self.decisions.review
            version = review, self.making(policy), self.opinions.current
            now = self.folder.memo(("moment", policy is None), version, partial(Moment, *version))
            if self.folder.state is state:
                return now

    def targets(self, policy: Policy | None = None) -> Targets:
        """The targets by the policy in use, or by another, with decisions on top."""
        return self.moment(policy).targets

    @of_one_dataset
    def as_it_was(self, policy: Policy, probabilities: str, review: Review) -> Targets:
        """The targets by a policy, other probabilities than those in use, and earlier decisions.

        Parameters
        ----------
        probabilities : their name; empty for none.

        Raises
        ------
        StepMissing : they are gone.
        """
        ground = self._ground(policy)
        p = self.opinions.probabilities(probabilities) if probabilities else None
        draws = self.decisions.draws_at(review)
        then = Ground(ground.dataset, p, ground.suspicion, ground.learned, review, draws)
        return with_decisions(Making(then, policy), review)

    @of_one_dataset
    def target_row(self, row: int, review: Review | None = None) -> Floats:
        """(K,) the target of one sample as things stand, or as they do in this review."""
        making, review = self.on_cards(), review or self.decisions.review
        found = settled(making, review, self.data.dataset.ids[row])
        return making.targets.values[row] if found is None else found.row

    @unharmed("The workspace is as it was.")
    def export(
        self,
        file: Path | str | None = None,
        *,
        format: str = "",  # noqa: A002 - as everybody calls it
        exact: bool = True,
        provenance: bool = True,
        suspicion: Suspicion | None = None,
        samples: Sequence[str] | None = None,
    ) -> export.Exported:
        """Write original columns and targets to a new file, with its entry in `manifest.json`.

        Parameters
        ----------
        file : where to; by default a new file in the workspace's `exports`.
        format : a word of `labelviz.tables.writers.known`; else what the file's name means, or CSV.
        exact : for CSV, whether every text is written as it is, for programs. Else none is a
            formula to a spreadsheet, and loading the file takes away again what was done for that.
        provenance : whether columns say who or what decided each target.
        suspicion : what the detectors say, for columns of it; None for no such columns.
        samples : ids of the samples in the file, in this order; None for all.

        Raises
        ------
        ExportRefused : the file exists, did not read back equal, or the format cannot hold it.
        """
        writer = WRITERS[format_for(format, Path(file) if file else None)]
        path = Path(file) if file else self.new_export("targets", writer.suffix)
        moment, original, report = self._to_export()
        dataset = moment.review.dataset
        cuts = self.cuts.of_rows(moment.targets, moment.making.targets)
        added = export.export_columns(
            moment.targets, moment.review, provenance=provenance, thresholds=cuts
        )
        if suspicion is not None:
            added |= export.suspicion_columns(suspicion, dataset)
        sheet = export.sheet_of(
            original, dataset.ids.tolist(), added, _record(moment, report), dataset.texts,
            exact=exact or writer is not WRITERS[DEFAULT_FORMAT],
        )  # fmt: skip
        if samples is not None:
            rows = [dataset.rows[each] for each in samples]
            sheet = sheet.taken(np.array(rows, dtype=np.int64))
        return export.export(path, sheet, writer)

    def new_export(self, stem: str, suffix: str) -> Path:
        """A path among the workspace's exports that nothing has yet, such as `targets-001.csv`."""
        folder = self.folder.path / EXPORTS
        names = (folder / f"{stem}-{number:03d}{suffix}" for number in itertools.count(1))
        return next(name for name in names if not name.exists())

    @property
    def exports(self) -> dict[Path, dict[str, Any]]:
        """What lies in the workspace's `exports`, newest first, with what the manifest says."""
        folder = self.folder.path / EXPORTS
        known = export.entries(folder / export.MANIFEST)
        names = {each.suffix for each in WRITERS.values() if each.suffix}
        beside = {name for record in known.values() for name in record.get("beside", ())}
        files = [
            path for path in folder.glob("targets-[0-9]*")
            if path.name in known or (path.suffix in names and path.name not in beside)
        ]  # fmt: skip
        files += [path for path in folder.glob("*.csv") if path not in files]
        files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
        return {path: known.get(path.name, {}) for path in files}

    @of_one_dataset
    def _to_export(self) -> tuple[Moment, pd.DataFrame, ImportReport]:
        """What holds, the file's own columns, and its report, all of one dataset."""
        with ThreadPoolExecutor(1) as beside:
            original = beside.submit(lambda: self.data.original)
            moment = self.moment()
            _ = moment.targets  # made while the file is read
            return moment, original.result(), self.data.report


def _record(moment: Moment, report: ImportReport) -> dict[str, Any]:
    """What the manifest says of an export."""
    review, targets = moment.review, moment.targets
    dataset = review.dataset
    kinds = np.bincount(Statuses.of(review).status, minlength=len(STATUSES)).tolist()
    return {
        "labelviz": version("labelviz"),
        "dataset": dataset.fingerprint,
        "source_sha256": report.sha256,
        "task": dataset.task,
        "classes": list(dataset.classes),
        "policy": targets.policy,
        "probabilities": moment.probabilities,
        "last_decision": review.sequence,
        "statuses": {name: n for name, n in zip(STATUSES, kinds, strict=True) if n},
        "sources": dict(sorted(Counter(targets.source.tolist()).items())),
    }
