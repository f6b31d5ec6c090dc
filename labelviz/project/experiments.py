"""Experiments: did a set of targets help, over several seeds, and how sure is that?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets, labels_of
from labelviz.core.edits import Edits
from labelviz.core.experiment import Answered, Arm, Outcome, arms_of
from labelviz.core.groups import splits
from labelviz.core.memorisation import Curve, Errors, learned_of
from labelviz.core.progress import Report, silent
from labelviz.core.review_effect import Contrast, Facts, ReviewEffect, review_effect
from labelviz.core.settings import (
    CROSS_ENTROPY,
    CURRENT,
    EXPERIMENT_SEEDS,
    EXPERIMENT_TRAINING,
    FORWARD,
    HARD,
    LOSSES,
    QUICK_SEEDS,
    REVIEWED,
    WITH,
    ModelUse,
    TrainSettings,
)
from labelviz.errors import RunRefused, StepMissing, in_words, unharmed
from labelviz.layers.policy import parse_policy
from labelviz.project.data import Data
from labelviz.project.embeddings import KeptEmbeddings
from labelviz.project.folder import STANDS, Folder, version_of
from labelviz.project.goals import Goals, Moment
from labelviz.project.references import References
from labelviz.project.runs import began_by, named_folder
from labelviz.project.target_sets import TargetSets
from labelviz.tables.table import Table

if TYPE_CHECKING:
    from labelviz.models.experiment import Experiment, Trial

EXPERIMENTS, EXPERIMENT_RECORD = "experiments", "experiment.json"


@dataclass(frozen=True, eq=False)
class Experiments:
    """What was trained with several sets of targets.

    Parameters
    ----------
    folder : of the workspace.
    data, goals, sets, embeddings : what a training starts from.
    references : what its models are judged by.
    """

    folder: Folder
    data: Data
    goals: Goals
    sets: TargetSets
    embeddings: KeptEmbeddings
    references: References

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all experiments, oldest first."""
        files = self.folder.path.glob(f"{EXPERIMENTS}/*/{EXPERIMENT_RECORD}")
        return tuple(
            file.parent.name for file in sorted(files, key=lambda each: each.parent.stat().st_ctime)
        )

    def open(self, name: str) -> Experiment:
        """An experiment by name.

        Raises
        ------
        RunRefused : there is no such experiment, or it is damaged.
        """
        from labelviz.models.experiment import Experiment

        return Experiment.open(self.path(name))

    def version(self, name: str) -> tuple[object, ...]:
        """What changes with what an experiment has come to."""
        folder = self.path(name)
        return (version_of(folder / EXPERIMENT_RECORD), len(list(folder.glob("*/answers.npy"))))

    def path(self, name: str) -> Path:
        """The folder of an experiment.

        Raises
        ------
        RunRefused : no experiment can have this name.
        """
        return named_folder(self.folder.path / EXPERIMENTS, name)

    @unharmed(STANDS + " What was trained is kept.")
    def run(
        self,
        name: str,
        model: str,
        sets: Sequence[str] = (HARD, CURRENT),
        seeds: int = EXPERIMENT_SEEDS,
        settings: TrainSettings = EXPERIMENT_TRAINING,
        report: Report = silent,
    ) -> Experiment:
        """Train a model on several sets of targets with several seeds; resumes one that stopped.

        Parameters
        ----------
        sets : `hard` for the given labels alone; `reviewed` for those with what reviewers said,
            without softening; `current` for policy and decisions; `@NAME` for targets that were
            kept; or a policy, with decisions. Any of them `with selc`, `with elr` or
            `with forward` after it for a loss that holds against wrong labels. The others are
            compared with the first.

        Raises
        ------
        RunRefused : one of this name is complete, or was started with other data or settings; or
            two sets are alike. TargetsRefused : no such policy.
        """
        from labelviz.models.experiment import run_experiment

        first = settings.seed
        trial = self._trial(name, sets, range(first, first + seeds))
        asks = FORWARD in trial.losses.values()
        trial = replace(
            trial, suspects=self.references.suspects(), noise=self.goals.noise() if asks else None
        )
        return run_experiment(trial, model, settings, report)

    @unharmed(STANDS)
    def quick(
        self,
        name: str,
        encoder: str | None = None,
        sets: Sequence[str] = (HARD, CURRENT),
        seeds: int = QUICK_SEEDS,
        report: Report = silent,
    ) -> Experiment:
        """The same with linear heads on embeddings in place of whole models, within seconds.

        It tells which sets may be worth the training of a model; it does not replace it.

        Parameters
        ----------
        encoder : a folder or hub id; where None the embeddings that flags rest on, else the texts'
            own words.
        sets : as for `run`, but without losses.

        Raises
        ------
        RunRefused : there is an experiment of this name, or two sets are alike. StepMissing : the
            dataset is too large for its own words. TargetsRefused : no such policy.
        """
        from labelviz.detectors.neighbours import sample_vectors
        from labelviz.models.experiment import try_heads

        trial = self._trial(name, sets, range(seeds))
        _check_different(dict(trial.sets), dict(trial.losses))
        if trial.losses:
            raise RunRefused(
                "Linear heads have the plain loss.",
                where=", ".join(trial.losses),
                remedy="Leave the losses out, or train whole models.",
            )
        embeddings = self.embeddings.of(trial.dataset, encoder, ModelUse())
        if embeddings is None:
            raise StepMissing(
                "The dataset is too large to be embedded by its own words.",
                where=str(self.folder.path),
                remedy="Name an encoder.",
            )
        return try_heads(trial, sample_vectors(embeddings), embeddings.source, report)

    def _trial(self, name: str, sets: Sequence[str], seeds: range) -> Trial:
        """What is to be tried under a name; one that was begun goes on with sets as they were."""
        from labelviz.models.experiment import Trial

        now = self.goals.moment()
        parts = {each: self._parts(each) for each in sets}
        targets = {each: self._targets(of, now) for each, (of, _) in parts.items()}
        losses = {each: loss for each, (_, loss) in parts.items() if loss != CROSS_ENTROPY}
        path = self.path(name)
        if not path.exists():
            _check_different(targets, losses)
        return Trial(
            now.review.dataset, targets, seeds, path, decided=now.review.sequence, losses=losses
        )

    def _parts(self, name: str) -> tuple[str, str]:
        """What a set is trained on, and the loss after it; the plain one where it names none.

        Raises
        ------
        RunRefused : there is no such loss.
        """
        of, _, loss = name.strip().rpartition(WITH)
        if self.sets.find(name) is None and loss in LOSSES:
            return of, loss
        if of in (HARD, REVIEWED, CURRENT):
            raise RunRefused(
                f"There is no loss {loss!r}.",
                where=name,
                remedy=f"Name one of {in_words(LOSSES)}.",
            )
        return name, CROSS_ENTROPY

    def _targets(self, name: str, now: Moment) -> Targets:
        if name == CURRENT:
            return now.targets
        hard = self.goals.moment(parse_policy(HARD))
        if name == HARD:
            return hard.making.targets
        if name == REVIEWED:
            return _hardened(hard.targets)
        return self.sets.targets(name)

    @unharmed()
    def outcome(self, name: str, truth: Path | str | Table | None = None) -> Outcome:
        """What an experiment says, by the seeds that are done with every set.

        Parameters
        ----------
        truth : a CSV with columns id and label, or its table. Where None, what reviewers said of
            the test samples; where they said nothing, the given labels.

        Raises
        ------
        RunRefused : nothing is done yet, it was made of other data, or no test sample that no
            training sample says alike has a label.
        """
        found, dataset = self._readable(name), self.data.dataset
        reference = self.references.of(truth)
        places = np.searchsorted(np.flatnonzero(splits(dataset) == "test"), reference.rows)
        answers = {
            each: self._answered(found, each, found.answers(each)[:, places]) for each in found.sets
        }
        arms = arms_of(answers, reference, classes=dataset.classes, task=dataset.task)
        curves = self._curves(found, self.references.errors(truth), arms)
        seeds = len(found.done), len(found.seeds)
        return Outcome(name, arms, *seeds, reference, found.made, curves, found.by_heads)

    @unharmed()
    def review_effect(
        self, name: str, sets: tuple[str, str], truth: Path | str | Table | None = None
    ) -> ReviewEffect:
        """What the reviews that one set of targets holds, and another does not, changed.

        Parameters
        ----------
        sets : the names of both in the experiment.
        truth : as for `outcome`.

        Raises
        ------
        RunRefused : as for `outcome`; or a set is not in the experiment, or both are one.
        """
        found, dataset = self._readable(name), self.data.dataset
        if len(set(sets)) < 2 or not set(sets) <= found.sets.keys():
            raise RunRefused(
                "An effect of reviews is measured between two sets of targets of an experiment.",
                where=f"experiment {name}",
                remedy=f"Name two of {in_words(found.sets)}.",
            )
        before, after = (self._reviews_of(found, each) for each in sets)
        suspicion, review = self.goals.seen().suspicion, self.references.decisions.review
        one, other = (self._on_all(found, each) for each in sets)
        # Without softening, a set differs from the given labels in reviews alone.
        said = [found.sets[each] for each in sets]
        policies = {HARD if policy == REVIEWED else policy for policy in said}
        unlike = ["policy"] if len(policies) > 1 else []
        unlike += ["loss"] if len({found.loss(each) for each in sets}) > 1 else []
        pair = Contrast(sets, one, other, tuple(unlike))
        known = Facts(
            dataset, after.since(before), Edits.of(review), self.references.of(truth),
            None if suspicion is None else suspicion.flagged, before.only(~after.settled),
        )  # fmt: skip
        return review_effect(pair, known)

    def _reviews_of(self, found: Experiment, name: str) -> Edits:
        """What reviewers had said in a set of targets when an experiment began."""
        of, loss = self._parts(name)
        name = of if loss == found.loss(name) else name
        if name == HARD:
            return Edits.of(Review(self.data.dataset))
        last = found.record.get("decided")
        if last is not None and self.sets.find(name) is None:
            return Edits.of(self.references.decisions.until(last))
        return Edits.of(self.sets.reviews(name, began_by(found.record, found.path)))

    def _on_all(self, found: Experiment, name: str) -> Answered:
        """What a set's models answer, NaN on all but test samples."""
        dataset, answers = self.data.dataset, found.answers(name)
        p = np.full((len(answers), len(dataset), dataset.n_classes), np.nan)
        p[:, splits(dataset) == "test"] = answers
        return self._answered(found, name, p)

    def _answered(self, found: Experiment, name: str, p: Floats) -> Answered:
        scale = found.scale(name)
        return Answered(found.sets[name], p, self.goals.cuts.at_scale(scale), scale)

    def _readable(self, name: str) -> Experiment:
        """An experiment on this dataset of which something is done."""
        found = self.open(name)
        found.check_belongs_to(self.data.dataset)
        if not found.done:
            raise RunRefused(
                f"No seed of the experiment {name!r} is done with every set yet.",
                where=str(found.path),
                remedy="Wait, or start the same experiment again: it goes on.",
            )
        return found

    def _curves(self, found: Experiment, errors: Errors, arms: Sequence[Arm]) -> tuple[Curve, ...]:
        """How each set was learned, by the seeds that are done with every set."""
        runs = {
            arm.name: [run for run in found.runs(arm.name) if run.settings.seed in found.done]
            for arm in arms
        }
        if not all(runs.values()):
            return ()  # heads, which have no evaluations
        return tuple(
            learned_of(
                arm.name,
                [run.watched(errors.rows) for run in runs[arm.name]],
                errors,
                but=arm.unlearned,
            )
            for arm in arms
        )


def _hardened(targets: Targets) -> Targets:
    """The same targets, every one as the label it stands for."""
    labels = labels_of(targets.values, multilabel=targets.multilabel)
    if targets.multilabel:
        values = np.where(labels == MISSING, np.nan, labels)
    else:
        values = np.eye(len(targets.classes))[labels]
    return replace(targets, values=values, policy=REVIEWED)


def _check_different(targets: dict[str, Targets], losses: dict[str, str]) -> None:
    from labelviz.models.samples import digest_of

    digests = [(digest_of(each), losses.get(name)) for name, each in targets.items()]
    if len(targets) < 2 or len(set(digests)) < len(digests):
        raise RunRefused(
            "An experiment takes two sets of targets that differ in a value, a weight or the loss.",
            where=", ".join(targets),
            remedy="Choose a policy, or review some samples first.",
        )
