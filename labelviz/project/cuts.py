"""Cuts: the thresholds from which a class counts as there, kept for a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Targets
from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.groups import splits
from labelviz.core.reviewed import reviewed_of
from labelviz.core.settings import LEAST_PRECISION, THRESHOLD_BY
from labelviz.core.thresholds import (
    EVEN,
    KnownCells,
    Thresholds,
    choose_thresholds,
    scale_of,
    smoothed,
)
from labelviz.errors import StepMissing, TargetsRefused, in_words, unharmed
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.folder import Folder
from labelviz.project.opinions import Opinions
from labelviz.tables.truth import read_truth

if TYPE_CHECKING:
    from pathlib import Path

KEPT = "thresholds"  # under which name the state has them
FEWEST_KNOWN = 20  # known samples below which no threshold is chosen


@dataclass(frozen=True, eq=False)
class Cuts:
    """From which probability on a class counts as there.

    Parameters
    ----------
    folder : of the workspace.
    data, opinions, decisions : what thresholds are chosen on.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions

    @property
    def in_use(self) -> Floats | None:
        """(K,) thresholds on P(class | x); None where none were set, or for several classes of
        which one is true."""
        said: dict[str, float] = self.folder.state.get(KEPT) or {}
        dataset = self.data.dataset
        if not said or dataset.task == "multiclass":
            return None
        return np.array([said.get(name, EVEN) for name in dataset.classes])

    @unharmed("The thresholds in use stand.")
    def use(self, values: Mapping[str, float]) -> None:
        """Set thresholds by class name; of two classes that of the second is what counts.

        None at all: one half is the threshold of every class again.

        Raises
        ------
        TargetsRefused : a name is no class, a threshold lies outside of 0 and 1, or one of several
            classes is true, and the top one counts.
        """
        dataset = self.data.dataset
        _check(dataset)
        for name, each in values.items():
            if name not in dataset.classes or not 0 <= each <= 1:
                raise TargetsRefused(
                    f"The class {in_words([name])} cannot have the threshold {each:g}.",
                    remedy=f"Name one of {in_words(dataset.classes)}, and a number from 0 to 1.",
                )
        self.folder.change(**{KEPT: {name: float(each) for name, each in values.items()}})

    @of_one_dataset
    def known(self, truth: Path | None = None) -> KnownCells:
        """What the model says of samples whose label is known, for the classes that count.

        Test samples are left out: models that are cut at these thresholds are judged on them. What
        reviewers settled counts as it stands for all others, see `Draws.counts`: most of it was
        looked at because it seemed wrong.

        Parameters
        ----------
        truth : a CSV with columns id and label; what reviewers settled where None.

        Raises
        ------
        StepMissing : there are no probabilities, or too few samples are known.
        """
        dataset = self.data.dataset
        _check(dataset)
        p = self.opinions.probabilities().values
        cells, learned = p if dataset.multilabel else p[:, 1:], splits(dataset) != "test"
        if truth is None:
            said = reviewed_of(self.decisions.review, self.decisions.draws, learned)
            if len(said) < FEWEST_KNOWN:
                raise StepMissing(
                    f"Outside the test part {len(said)} reviewed labels count, of fewer than "
                    f"{FEWEST_KNOWN}; none does before {FEWEST_DRAWN} random samples are reviewed.",
                    where=str(self.folder.path),
                    remedy="Review random samples, or give a file of trusted labels.",
                )
            labels = said.truth if dataset.multilabel else said.truth[:, None]
            return KnownCells(cells[said.rows], labels, said.counts)
        given = read_truth(truth, dataset).labels
        labels = given if dataset.multilabel else given[:, None]
        settled = (labels != MISSING).all(axis=1) & learned
        if settled.sum() < FEWEST_KNOWN:
            raise StepMissing(
                f"Outside the test part the true label of {int(settled.sum())} samples is known, "
                f"of fewer than {FEWEST_KNOWN}.",
                where=str(truth),
                remedy="Give a file of more trusted labels.",
            )
        return KnownCells(cells[settled], labels[settled], np.ones(int(settled.sum())))

    def choose(
        self,
        objective: str = THRESHOLD_BY[0],
        precision: float = LEAST_PRECISION,
        truth: Path | None = None,
    ) -> Thresholds:
        """Thresholds by what is known; they are not in use before `use` says so."""
        classes = counting(self.data.dataset)
        return choose_thresholds(classes, self.known(truth), objective, precision)

    def of_model(self, targets: Targets) -> Floats | None:
        """(K,) the thresholds in use as they are to a model that learned these targets."""
        if self.in_use is None:
            return None
        return self.at_scale(scale_of(self.data.dataset.given, targets))

    def at_scale(self, scale: tuple[Floats, Floats] | None) -> Floats | None:
        """(K,) the thresholds in use as they are to a model trained to other ends than 0 and 1.

        Parameters
        ----------
        scale : (K,) and (K,) the ends for classes that are not there, and that are there.
        """
        values = self.in_use
        return values if values is None or scale is None else smoothed(values, *scale)

    def of_rows(self, targets: Targets, shaped: Targets) -> Floats | None:
        """(N, K) the thresholds in use as they are to these targets; None where none are set.

        What people set is no softer than they said, so a threshold is to their rows what it is.

        Parameters
        ----------
        shaped : the same before any decision.
        """
        values, model = self.in_use, self.of_model(shaped)
        if values is None or model is None:
            return None
        return np.where(targets.by_people[:, None], values, model)


def counting(dataset: Dataset) -> tuple[str, ...]:
    """The classes that have a threshold: all of several labels, the second of two classes."""
    return dataset.classes if dataset.multilabel else dataset.classes[1:]


def _check(dataset: Dataset) -> None:
    if dataset.task == "multiclass":
        raise TargetsRefused(
            "Where one of several classes is true, the top one counts, and no threshold.",
            remedy="Thresholds are for two classes, or for several labels per sample.",
        )
