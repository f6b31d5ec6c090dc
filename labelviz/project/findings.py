"""Findings: which given labels are likely wrong, how many, and what that rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, Floats
from labelviz.core.borders import Border, borders
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Detector, Evidence, Verdicts, controls
from labelviz.core.line import Maps
from labelviz.core.noise import NoiseMatrix, counted
from labelviz.core.opinion import Opinion
from labelviz.core.progress import Report, silent
from labelviz.core.queue import Queue
from labelviz.core.rates import ErrorRates, rates
from labelviz.core.settings import FlagLine, ModelUse
from labelviz.core.statuses import CODES, UNKNOWN, true_labels
from labelviz.core.suspicion import Suspicion
from labelviz.core.thresholds import EVEN
from labelviz.core.yardstick import Yardstick, yardstick
from labelviz.errors import FlagsRefused, unharmed
from labelviz.project.cuts import Cuts
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.embeddings import KeptEmbeddings
from labelviz.project.folder import STANDS, Folder
from labelviz.project.logs import Logs
from labelviz.project.opinions import Opinions
from labelviz.store import settings_of
from labelviz.tables import keep
from labelviz.tables.table import Table
from labelviz.tables.truth import read_truth

if TYPE_CHECKING:
    from pathlib import Path

    from labelviz.detectors.own import Function

# The folder of the flags, and under which name the state says which are the latest.
SUSPICION = "suspicion"


@dataclass(frozen=True, eq=False)
class Findings:
    """What detectors found.

    Parameters
    ----------
    folder : of the workspace.
    data, opinions, decisions, logs, embeddings : what detectors look at.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions
    logs: Logs
    embeddings: KeptEmbeddings

    @property
    @of_one_dataset
    def suspicion(self) -> Suspicion | None:
        """The latest flags; None where the dataset was not checked as it is, or where refused."""
        found = self._latest
        if found is None or isinstance(found, FlagsRefused):
            return None
        return found if self._is_about_dataset(found) else None

    @property
    def refused(self) -> FlagsRefused | None:
        """Why the latest flags cannot be read; None where they can, or there are none."""
        found = self._latest
        return found if isinstance(found, FlagsRefused) else None

    @property
    def detectors(self) -> tuple[str, ...]:
        """Names of all detectors that can be chosen here, those of `labelviz.toml` among them.

        Raises
        ------
        WorkspaceRefused : the settings cannot be read.
        """
        from labelviz.detectors.flag import NAMES

        own = settings_of(self.folder.path).get("detectors", {})
        return (*NAMES, *(own if isinstance(own, dict) else ()))

    @unharmed(STANDS)
    def flag(
        self,
        detectors: Collection[str] = (),
        encoder: str | None = None,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
        own: Mapping[str, Function] | None = None,
        line: FlagLine = FlagLine(),  # noqa: B008 - frozen
    ) -> Suspicion:
        """Find labels that are likely wrong, with every detector that can run.

        Parameters
        ----------
        detectors : names of the ones to run; all where empty.
        encoder : a folder or hub id to embed the texts with, kept for the next time. Where there is
            none, and none was used before, the texts' own words and characters serve.
        report : called as (done, total, "detectors").
        use : the precision of the encoder, and where its texts are cut.
        own : more detectors, functions of arrays by name, see `labelviz.detectors.own`; where None,
            what those said that were passed before counts on. Beside those that `[detectors]` in
            `labelviz.toml` names as "package.module:function".
        line : from which suspicion on a label is flagged, and how many at most.

        Raises
        ------
        StepMissing : there are no probabilities, or no detector of such a name.
        WorkspaceRefused : the dataset was replaced meanwhile. ModelRefused : the encoder is not
            loadable. LabelsRefused : all given labels are alike.
        """
        from labelviz.detectors.flag import flag
        from labelviz.detectors.neighbours import NAME as NEIGHBOURS
        from labelviz.detectors.own import detectors as of_functions
        from labelviz.detectors.own import from_settings

        embed = not detectors or encoder is not None or NEIGHBOURS in detectors
        evidence = self.evidence(encoder, embed=embed, use=use)
        functions = {
            **from_settings(settings_of(self.folder.path).get("detectors", {})),
            **(own or {}),
        }
        before = self._passed_before(detectors) if own is None else {}
        mine = {**before, **of_functions(functions)}
        found = flag(evidence, detectors, report, mine, line)
        dataset, name = evidence.dataset, evidence.name
        suspicion = found.after(*self._asked_and_decided(dataset))

        def in_use(_: object) -> str:
            self.data.check_in_use(dataset)
            return name

        keep.write_suspicion(self._file(name), dataset.ids, suspicion)
        self.folder.change(suspicion=in_use)
        return suspicion

    def _passed_before(self, chosen: Collection[str]) -> dict[str, Detector]:
        """What functions that a program passed said of these samples: they are not here any more.

        A refit in the background counts their scores like those of the other detectors.
        """
        from labelviz.detectors.model_opinion import NAME as MODEL
        from labelviz.detectors.own import scored

        before, known = self.suspicion, self.detectors
        if before is None:
            return {}
        return {
            name: scored(name, score)
            for name, score in before.scores.items()
            if name not in known
            and not name.startswith(f"{MODEL} ")
            and (not chosen or name in chosen)
        }

    @of_one_dataset
    def error_rates(self) -> ErrorRates | None:
        """How many labels are wrong, by samples that were drawn at random for review.

        None where fewer than 30 were drawn.
        """
        review, dataset = self.decisions.review, self.data.dataset

        def make() -> ErrorRates | None:
            draws = self.decisions.draws
            return rates(dataset, draws, true_labels(review, draws.rows))

        return self.folder.memo("rates", (dataset.content, review.sequence), make)

    @of_one_dataset
    def predicted_noise(self) -> NoiseMatrix | None:
        """Given labels against those that the model predicts; None where no model says anything.

        It is what the model says, and no estimate of how many labels are wrong.
        """
        opinion = self.opinion
        if opinion is None or opinion.probabilities.provenance.relation == "in-sample":
            return None
        dataset = self.data.dataset
        rows = np.flatnonzero(dataset.labelled)
        return counted(dataset, rows, opinion.labels[rows])

    @of_one_dataset
    def borders(self) -> list[Border]:
        """Between which classes the model wavers, those first where most samples lie.

        Raises
        ------
        StepMissing : there are no probabilities.
        """
        dataset, probabilities = self.data.dataset, self.opinions.probabilities()
        suspicion = self.suspicion

        def make() -> list[Border]:
            none = np.zeros(len(dataset), dtype=bool)
            return borders(dataset, probabilities, none if suspicion is None else suspicion.flagged)

        return self.folder.memo("borders", (dataset, probabilities, suspicion), make)

    @of_one_dataset
    def yardstick(self, truth: Path | Table | None = None) -> Yardstick | None:
        """What flags and detectors are worth, by trusted labels or by random reviews.

        None where nothing was checked, or nothing is known.

        Parameters
        ----------
        truth : a CSV with columns id and label, or its table; what reviewers said of samples that
            were drawn at random where None.

        Raises
        ------
        LabelsRefused : a label is not among the classes, or no id is known.
        """
        suspicion, dataset = self.suspicion, self.data.dataset
        if suspicion is None:
            return None
        if truth is None:
            draws = self.decisions.draws
            wrong = np.full(len(dataset), UNKNOWN)
            wrong[draws.rows] = draws.wrong[draws.rows]
            return yardstick(suspicion, wrong)
        trusted = read_truth(truth, dataset).labels
        known, unlike = (trusted != MISSING) & (dataset.given != MISSING), trusted != dataset.given
        if dataset.multilabel:
            known, unlike = known.all(axis=1), unlike.any(axis=1)
        return yardstick(suspicion, np.where(known, unlike, UNKNOWN))

    @of_one_dataset
    def doubt(self) -> Floats | None:
        """(N,) how doubtful each label is: by what people settled, else by suspicion; or None."""
        wrong, said = self.decisions.statuses.wrong, self.suspicion
        if said is None and (wrong == UNKNOWN).all():
            return None
        score = np.zeros(len(wrong)) if said is None else said.score
        return np.where(wrong == UNKNOWN, score, wrong)

    def maps(self, queue: Queue) -> Maps:
        """The maps that a queue asks for a part of; those it does not ask for are left out."""
        return Maps(
            self.logs.data_map if queue.on_map else None,
            self.embeddings.layout if queue.area else None,
        )

    @property
    @of_one_dataset
    def new_verdicts(self) -> int:
        """Samples whose verdict stands otherwise than the suspicion learned it, or not any more."""
        suspicion = self.suspicion
        return 0 if suspicion is None else suspicion.news(self.decisions.statuses.wrong)

    def evidence(
        self,
        encoder: str | None = None,
        *,
        embed: bool = True,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
    ) -> Evidence:
        """All that detectors may look at, as it is now.

        Parameters
        ----------
        embed : whether texts are to be embedded, which takes minutes for many.

        Raises
        ------
        StepMissing : there are no probabilities.
        """
        found = self._evidence()
        if not embed:
            return found
        return replace(found, embeddings=self.embeddings.of(found.dataset, encoder, use))

    @of_one_dataset
    def _evidence(self) -> Evidence:
        """All of it but embeddings."""
        name = self.opinions.current or ""
        in_use = self.opinions.probabilities(name)
        return Evidence(
            dataset=self.data.dataset,
            name=name,
            probabilities={name: in_use, **self.opinions.every()},
            log=self.logs.log,
            verdicts=self._verdicts(),
            audited=self.data.columns.label,
            thresholds=self._thresholds,
        )

    @property
    def opinion(self) -> Opinion | None:
        """What the model in use says, by the thresholds in use; the same object while both stand.

        None where there are no probabilities.
        """
        if self.opinions.current is None:
            return None
        p, cuts = self.opinions.probabilities(), self.thresholds
        version = (p, None if cuts is None else tuple(cuts.tolist()))
        return self.folder.memo("opinion", version, lambda: Opinion(p, cuts))

    @property
    def thresholds(self) -> Floats | None:
        """(K,) from which probability on a class counts as there; None where none were set."""
        return Cuts(self.folder, self.data, self.opinions, self.decisions).in_use

    @property
    def _thresholds(self) -> Floats | None:
        """(K,) those that count in flags; None where none does, or each is what it is without."""
        dataset = self.data.dataset
        found = self.thresholds
        if found is None or (dataset.soft is not None and not self.data.columns.label):
            return None
        if not dataset.multilabel:
            found[0] = EVEN  # of two classes the second is what counts
        return None if (found == EVEN).all() else found

    @property
    def old_thresholds(self) -> bool:
        """Whether the flags were made with other thresholds than those in use."""
        found, cuts = self.suspicion, self._thresholds
        now = () if cuts is None else tuple(cuts.tolist())
        return found is not None and found.thresholds != now

    def _verdicts(self) -> Verdicts | None:
        """What reviewers settled about given labels; None where nobody settled any."""
        found = self.decisions.statuses
        if (found.wrong == UNKNOWN).all():
            return None
        wrong = np.where(found.wrong == UNKNOWN, np.nan, found.wrong)
        return Verdicts(wrong, controls(found.status != CODES["unreviewed"]))

    @property
    def _latest(self) -> Suspicion | FlagsRefused | None:
        name = self.folder.state.get(SUSPICION)
        if name is None or not self._file(name).is_file():
            return None
        return self.folder.read(f"{SUSPICION}/{name}.parquet", _flags_or_why_not)

    def _file(self, name: str) -> Path:
        """Where the flags by these probabilities lie."""
        return self.folder.path / SUSPICION / f"{name}.parquet"

    def _is_about_dataset(self, flags: Suspicion) -> bool:
        """Whether flags were made of the dataset as it is.

        A dataset that was loaded before its content was noted knows flags by its fingerprint.
        """
        dataset = self.data.dataset
        noted = "content" in self.data.about
        known = {dataset.judged, dataset.content} | (set() if noted else {dataset.fingerprint})
        return flags.dataset in known

    @of_one_dataset
    def _asked_and_decided(self, dataset: Dataset) -> tuple[Booleans, Booleans]:
        """(N,) where reviewers were asked about a label, and where they decided."""
        self.data.check_in_use(dataset)
        return self._asked(), self.decisions.statuses.status != CODES["unreviewed"]

    def _asked(self) -> Booleans:
        """(N,) where reviewers decide, or decided, on one of the latest flags, matched by id."""
        dataset, found = self.data.dataset, self._latest
        if found is None or isinstance(found, FlagsRefused):
            return np.zeros(len(dataset), dtype=bool)
        if self._is_about_dataset(found):
            return found.on_flags
        path = self._file(self.folder.state[SUSPICION])
        flagged = set(keep.read_columns(path, ["id"])["id"][found.on_flags])
        return np.array([sample in flagged for sample in dataset.ids])


def _flags_or_why_not(path: Path) -> Suspicion | FlagsRefused:
    try:
        return keep.read_suspicion(path)
    except FlagsRefused as error:
        return error
