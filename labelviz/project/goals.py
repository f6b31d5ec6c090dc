"""Goals: the policy, the targets it makes with the decisions on top, and their export."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets
from labelviz.core.policies import Policy, Shape, parse_policy, settled, with_decisions
from labelviz.errors import unharmed
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.folder import Folder
from labelviz.project.opinions import Opinions
from labelviz.tables import export
from labelviz.tables.writers.known import DEFAULT_FORMAT, WRITERS, format_for

if TYPE_CHECKING:
    import pandas as pd

    from labelviz.core.suspicion import Suspicion
    from labelviz.tables.report import ImportReport

EXPORTS = "exports"


@dataclass(frozen=True, eq=False)
class Moment:
    """What holds in a workspace at one moment, so that all that is made of it agrees.

    Parameters
    ----------
    review : the dataset and the decisions on it.
    shape : what the policy makes of its labels.
    pool : whether all answers together make the target of a disputed sample.
    probabilities : name of those in use, if any.
    """

    review: Review
    shape: Shape
    pool: bool
    probabilities: str | None

    @cached_property
    def targets(self) -> Targets:
        """The targets with decisions on top."""
        return with_decisions(self.shape, self.review, pool=self.pool)


@dataclass(frozen=True, eq=False)
class Goals:
    """What a model is to learn.

    Parameters
    ----------
    folder : of the workspace.
    data, opinions, decisions : what targets are made of.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions

    @property
    def policy(self) -> Policy:
        """The policy that shapes targets."""
        return parse_policy(self.folder.state.get("policy", "hard"))

    @property
    def pools(self) -> bool:
        """Whether all answers together make the target of a disputed sample, as their mean."""
        return bool(self.folder.state.get("pool", False))

    @unharmed("The policy and the targets are as they were.")
    def set_policy(self, text: str, pool: bool | None = None) -> Targets:
        """Choose the policy that shapes targets, for example `smooth:off=0.1`; returns the targets.

        Parameters
        ----------
        pool : whether the mean of all answers is the target of a disputed sample; where None that
            stays as it is.

        Raises
        ------
        TargetsRefused : no such policy. StepMissing : it needs probabilities.
        """
        policy = parse_policy(text)
        targets = self.targets(policy, pool)
        self.folder.change(policy=str(policy), **({} if pool is None else {"pool": pool}))
        return targets

    @of_one_dataset
    def shape(self, policy: Policy | None = None) -> Shape:
        """What the policy in use, or another, makes of labels, before any decision."""
        policy, dataset, name = policy or self.policy, self.data.dataset, self.opinions.current

        def make() -> Shape:
            return Shape.of(dataset, policy, self.opinions.probabilities(name) if name else None)

        return self.folder.memo("shape", (str(policy), name, dataset), make)

    @of_one_dataset
    def moment(self, policy: Policy | None = None, pool: bool | None = None) -> Moment:
        """What holds now, all of it at one moment; by another policy, or pooled, where so named."""
        while True:
            state, review = self.folder.state, self.decisions.review
            shape = self.shape(policy)
            pooled = self.pools if pool is None else pool
            now = Moment(review, shape, pooled, self.opinions.current)
            if self.folder.state is state:
                return now

    def targets(self, policy: Policy | None = None, pool: bool | None = None) -> Targets:
        """The targets by the policy in use, or by another, with decisions on top.

        Parameters
        ----------
        pool : whether disputed samples get the mean of all answers; as it is set where None.
        """
        return self.moment(policy, pool).targets

    @of_one_dataset
    def target_row(self, row: int, review: Review | None = None) -> Floats:
        """(K,) the target of one sample as things stand, or as they do in this review."""
        shape, review = self.shape(), review or self.decisions.review
        found = settled(shape, review, self.data.dataset.ids[row], pool=self.pools)
        return shape.targets.values[row] if found is None else found.row

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
        folder = self.folder.path / EXPORTS
        names = (folder / f"targets-{number:03d}{writer.suffix}" for number in itertools.count(1))
        path = Path(file) if file else next(name for name in names if not name.exists())
        moment, original, report = self._to_export()
        dataset = moment.review.dataset
        added = export.export_columns(moment.targets, moment.review, provenance=provenance)
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
        return self.moment(), self.data.original, self.data.report


def _record(moment: Moment, report: ImportReport) -> dict[str, Any]:
    """What the manifest says of an export."""
    review, targets = moment.review, moment.targets
    dataset = review.dataset
    statuses = [review.status(row) for row in range(len(dataset))]
    return {
        "labelviz": version("labelviz"),
        "dataset": dataset.fingerprint,
        "source_sha256": report.sha256,
        "task": dataset.task,
        "classes": list(dataset.classes),
        "policy": targets.policy,
        "probabilities": moment.probabilities,
        "last_decision": review.sequence,
        "statuses": {status: statuses.count(status) for status in dict.fromkeys(statuses)},
        "sources": {s: int((targets.source == s).sum()) for s in dict.fromkeys(targets.source)},
    }
