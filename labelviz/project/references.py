"""References: what the labels of test samples are, by a file, by reviewers, or as given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from labelviz.core.arrays import Integers
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import REVIEWER, labels_of
from labelviz.core.groups import splits
from labelviz.core.rates import FEWEST_DRAWN
from labelviz.core.reference import Reference, reference_of
from labelviz.core.settings import HARD
from labelviz.layers.policy import parse_policy
from labelviz.project.data import Data
from labelviz.project.decisions import Decisions
from labelviz.project.goals import Goals
from labelviz.tables.table import Table
from labelviz.tables.truth import read_truth


@dataclass(frozen=True, eq=False)
class References:
    """What models are judged by.

    Parameters
    ----------
    data, goals, decisions : what is known of the test samples.
    """

    data: Data
    goals: Goals
    decisions: Decisions

    def of(self, truth: Path | str | Table | None = None) -> Reference:
        """Trusted labels of a file; else what reviewers said of test samples; else the given ones.

        Where 30 or more of the reviewed test samples were drawn at random, each counts for as many
        as it stands for (`Draws.weights`).

        Parameters
        ----------
        truth : a CSV with columns id and label, or its table.

        Raises
        ------
        RunRefused : no test sample that no training sample says alike has a label.
        """
        dataset = self.data.dataset
        if truth is not None:
            said = read_truth(truth if isinstance(truth, Table) else Path(truth), dataset)
            found = reference_of(dataset, "trusted", said.labels)
            return replace(
                found, strangers=said.strangers, stranger=said.stranger, meant=said.meant
            )
        test = splits(dataset) == "test"
        reviewed = self._reviewed()
        if not (test & (reviewed != MISSING).reshape(len(dataset), -1).all(axis=1)).any():
            return reference_of(dataset, "given", dataset.given)
        draws = self.decisions.draws
        drawn = int(test[draws.rows].sum())
        if drawn < FEWEST_DRAWN:
            return reference_of(dataset, "reviewed", reviewed)
        found = reference_of(dataset, "reviewed", reviewed, draws.weights(test))
        return replace(found, drawn=drawn)

    def _reviewed(self) -> Integers:
        """What reviewers settled, shaped like `Dataset.given`; MISSING for nothing."""
        hard = self.goals.targets(parse_policy(HARD))
        settled = (hard.source == REVIEWER) & (hard.weight > 0)
        said = labels_of(hard.values, multilabel=hard.multilabel)
        said[~settled] = MISSING
        return said
