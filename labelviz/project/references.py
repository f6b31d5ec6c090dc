"""References: what labels are, by a file, by reviewers or as given, and which are wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import REVIEWER, labels_of
from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.groups import splits
from labelviz.core.memorisation import Errors
from labelviz.core.metrics import FEWEST_EXPECTED
from labelviz.core.reference import Reference, has_label, reference_of
from labelviz.core.settings import HARD
from labelviz.core.statuses import RIGHT, WRONG
from labelviz.layers.policy import parse_policy
from labelviz.project.data import Data
from labelviz.project.decisions import Decisions
from labelviz.project.goals import Goals
from labelviz.project.opinions import Opinions
from labelviz.tables.table import Table
from labelviz.tables.truth import read_truth


@dataclass(frozen=True, eq=False)
class References:
    """What models are judged by.

    Parameters
    ----------
    data, opinions, goals, decisions : what is known of the samples.
    """

    data: Data
    opinions: Opinions
    goals: Goals
    decisions: Decisions

    @property
    def version(self) -> tuple[object, ...]:
        """What changes with what models are judged by, and with which labels are likely wrong."""
        found, cut = self.goals.seen().suspicion, self.goals.cuts.in_use
        return (
            self.data.dataset.content, self.decisions.review.sequence, self.opinions.current,
            None if found is None else found.fingerprint,
            None if cut is None else tuple(cut.tolist()),
        )  # fmt: skip

    def of(self, truth: Path | str | Table | None = None) -> Reference:
        """Trusted labels of a file; else what reviewers said of test samples; else the given ones.

        Reviewers are the reference from as many test samples on as a model can be judged by.

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
        if (test & has_label(reviewed)).sum() < FEWEST_EXPECTED:
            return reference_of(dataset, "given", dataset.given)
        draws = self.decisions.draws
        drawn = int(test[draws.rows].sum())
        if drawn < FEWEST_DRAWN:
            return reference_of(dataset, "reviewed", reviewed)
        found = reference_of(dataset, "reviewed", reviewed, draws.weights(test))
        return replace(found, drawn=drawn)

    def suspects(self) -> Integers:
        """Row numbers of training samples whose labels were found wrong, or are flagged."""
        return self.errors().rows

    def errors(self, truth: Path | str | Table | None = None) -> Errors:
        """The labels of training samples that are wrong: by trusted labels or reviewers, or likely.

        Parameters
        ----------
        truth : as for `of`.
        """
        dataset, found = self.data.dataset, self.goals.seen().suspicion
        verdicts = self.decisions.statuses.wrong
        confirmed, right = verdicts == WRONG, verdicts == RIGHT
        if truth is not None:
            said = read_truth(truth if isinstance(truth, Table) else Path(truth), dataset).labels
            known = has_label(said) & has_label(dataset.given)
            unlike = (said != dataset.given).reshape(len(dataset), -1).any(axis=1)
            confirmed = np.where(known, unlike, confirmed)
            right = np.where(known, ~unlike, right)
        likely = np.zeros(len(dataset))
        if found is not None:
            likely = np.where(found.flagged & ~right & ~confirmed, found.score, 0.0)
        among = (splits(dataset) == "train") & (confirmed | (likely > 0))
        rows = np.flatnonzero(among)
        return Errors(rows, dataset.given[rows], confirmed[rows], likely[rows], self._unseen(rows))

    def _unseen(self, rows: Integers) -> Floats | None:
        """(E, K) out-of-fold probabilities of models that learned the given labels: those in use,
        else the latest; None where there are none."""
        found = self.opinions.every()
        latest = [each for name, each in found.items() if name != self.opinions.current]
        in_use = [each for name, each in found.items() if name == self.opinions.current]
        for each in (*in_use, *reversed(latest)):
            origin = each.provenance
            honest = origin.relation == "out-of-fold" and not origin.told
            if honest and not origin.after_review:
                return each.values[rows]
        return None

    def _reviewed(self) -> Integers:
        """What reviewers settled, shaped like `Dataset.given`; MISSING for nothing."""
        hard = self.goals.targets(parse_policy(HARD))
        settled = (hard.source == REVIEWER) & (hard.weight > 0)
        said = labels_of(hard.values, multilabel=hard.multilabel)
        said[~settled] = MISSING
        return said
