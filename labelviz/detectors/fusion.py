"""Fusion: one suspicion per sample of whatever the detectors could say.

Opinions are pooled with weights learned from the data: how well each foretells the labels that it
was not made from. Where other annotators judged the same samples, opinion and votes are weighted by
how well they foretell an annotator who did not write the label, because what foretells the given
label also foretells its errors. Detectors that doubt without knowing better count as much as they
agree with the pooled doubt, beside what is granted to each of them. What reviewers settled is
learned on top of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelviz.core.alarm import alarm_sample
from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Evidence, Finding
from labelviz.core.families import families
from labelviz.detectors.annotators import family_votes, outsiders
from labelviz.detectors.pool import Pool, fit_pool, log_opinion, log_softmax
from labelviz.detectors.slices import FEWEST
from labelviz.detectors.verdicts import calibrated, learn

REVIEWS, POOLED = "reviews", "pooled opinion"
LEARNED_FROM = 20_000
"""Samples that weights are learned from; more would change the third digit."""
FEWEST_VOTES = 50
"""Labels below which an annotator is no measure for others."""
VOTE = 1.5
"""Log odds that a vote is worth where nothing can be learned."""
SHARED = 2.0
"""Annotators agree more than the truth makes them, since a hard sample misleads several at once; so
what foretells them gives a vote about twice the credit it deserves beside the model."""
TELLING = 0.5
"""Share of the best source's information about the labels that a source must have to be heard."""
RIDGE = 10.0
HIGHEST_MARK = 6.0
"""Log odds between the least and the most suspicious, at most."""


@dataclass(frozen=True, eq=False)
class Fused:
    """What all detectors together say.

    Parameters
    ----------
    error : (N,) probability that the given label is wrong by all evidence, in [0, 1]; a relative
        score, since models that learned from wrong labels are too sure of them. NaN without label.
    opinion : (N, K) of the classes by all evidence but the given label itself; after reviews the
        given class has one minus its error.
    parts : by detector, (N,) log odds it adds to the error, above its median.
    calibrated : whether the error is calibrated on verdicts about samples drawn at random.
    """

    error: Floats
    opinion: Floats
    parts: Mapping[str, Floats]
    calibrated: bool = False

    def with_error(self, given: Integers) -> Fused:
        """The same with an opinion that gives the given class one minus its error."""
        if given.ndim == 2:
            return self
        known = np.flatnonzero(given != MISSING)
        others = self.opinion.copy()
        others[known, given[known]] = 0
        total = others.sum(axis=1, keepdims=True)
        spread = 1 / max(others.shape[1] - 1, 1)
        others[known] = np.where(total > 0, others / np.where(total > 0, total, 1), spread)[known]
        others[known] *= self.error[known, None]
        others[known, given[known]] = 1 - self.error[known]
        return replace(self, opinion=others)


def fuse(evidence: Evidence, findings: Sequence[Finding]) -> Fused:
    """Pool what the detectors found, and learn from verdicts; see the module for the weights.

    Words have no weight beside other findings: they say what is learned here.
    """
    findings = [each for each in findings if each.role != "word"] or findings
    fused = _without_reviews(evidence, findings)
    verdicts = evidence.verdicts
    if verdicts is None or len(verdicts) < FEWEST:
        return fused
    odds = np.log(np.clip(fused.error, 1e-6, 1)) - np.log(np.clip(1 - fused.error, 1e-6, 1))
    learned = learn(evidence, verdicts, odds, findings)
    error = calibrated(verdicts, learned.doubt)
    told = np.sum(list(learned.parts.values()), axis=0)
    return Fused(
        _sigmoid(learned.doubt) if error is None else error,
        fused.opinion,
        {**fused.parts, REVIEWS: told - np.median(told)},
        calibrated=error is not None,
    ).with_error(evidence.dataset.given)


def _without_reviews(evidence: Evidence, findings: Sequence[Finding]) -> Fused:
    cells = _Cells(evidence.dataset)
    votes = next((each for each in findings if each.role == "vote"), None)
    if len(findings) == 1 and votes is None:
        return _alone(cells, evidence, findings[0])
    learn = cells.of_rows(alarm_sample(evidence.dataset, LEARNED_FROM))
    model, parts = _pooled(cells, learn, findings)
    logits, own = model, 0.0
    names = () if votes is None else outsiders(evidence.dataset, evidence.audited)
    if votes is not None and names:
        logits, own, heard = _with_votes(cells, learn, np.exp(model), names)
        first = (each.detector for each in findings if each.role == "opinion")
        parts = dict(zip((next(first, POOLED), votes.detector), heard, strict=True))
    doubt = cells.doubt(logits)
    marks = [each for each in findings if each.role == "mark"]
    for mark, weight in zip(marks, _worth(cells, doubt - own, marks), strict=True):
        added = weight * _centred(cells.spread(mark.score))
        doubt = doubt + added
        parts[mark.detector] = added
    error = _sigmoid(doubt - own)
    return Fused(
        cells.any_error(error),
        cells.opinion(logits, _sigmoid(doubt)),
        {name: cells.worst(part, error) for name, part in parts.items()},
    )


def _alone(cells: _Cells, evidence: Evidence, finding: Finding) -> Fused:
    """One detector's word, as it is; the model says what the label should be if it does not."""
    if finding.opinion is None:
        error = cells.spread(finding.score)
        logs = log_opinion(cells.flat(evidence.in_use.values))
        opinion, total = cells.opinion(logs, np.nan_to_num(error)), finding.score
    else:
        opinion = finding.opinion
        own = np.nan_to_num(cells.flat(opinion)[cells.index, cells.label], nan=1.0)
        error = np.where(cells.known, 1 - own, np.nan)
        total = cells.any_error(error)
    odds = np.log(np.clip(error, 1e-12, 1)) - np.log(np.clip(1 - error, 1e-12, 1))
    return Fused(total, opinion, {finding.detector: cells.worst(odds, error)})


class _Cells:
    """What is right or wrong: samples over K classes, or of multi-label every cell over two."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.many = dataset.multilabel
        self.given: Integers = dataset.given.reshape(-1)
        self.k = 2 if self.many else dataset.n_classes
        self.known: Booleans = self.given != MISSING
        self.index = np.arange(len(self.given))
        self.label = np.maximum(self.given, 0)

    def of_rows(self, rows: Integers) -> Integers:
        """The cells of some samples."""
        if not self.many:
            return rows
        width = self.dataset.n_classes
        return (rows[:, None] * width + np.arange(width)).reshape(-1)

    def flat(self, p: Floats) -> Floats:
        """(C, k) an opinion or vote counts over cells; multi-label p is that of being carried."""
        if not self.many:
            return p
        carried = p.reshape(-1)
        return np.column_stack([1 - carried, carried])

    def spread(self, score: Floats) -> Floats:
        """(C,) a score of samples, for each of their cells."""
        return np.repeat(score, self.dataset.n_classes) if self.many else score

    def doubt(self, logits: Floats) -> Floats:
        """(C,) log odds of any other class against the given one."""
        others = logits.copy()
        others[self.index, self.label] = -np.inf
        top = others.max(axis=1)
        rest = top + np.log(np.exp(others - top[:, None]).sum(axis=1))
        doubt: Floats = np.where(self.known, rest - logits[self.index, self.label], np.nan)
        return doubt

    def any_error(self, error: Floats) -> Floats:
        """(N,) probability that any cell is wrong."""
        if not self.many:
            return error
        cells = error.reshape(-1, self.dataset.n_classes)
        return np.asarray(1 - np.exp(np.log1p(-np.clip(cells, 0, 1 - 1e-12)).sum(axis=1)))

    def opinion(self, logits: Floats, error: Floats) -> Floats:
        """(N, K) the given class at one minus its error, the others in proportion."""
        others = logits.copy()
        others[self.index[self.known], self.label[self.known]] = -np.inf
        p = np.exp(log_softmax(others)) * np.where(self.known, error, 1)[:, None]
        p[self.index[self.known], self.label[self.known]] = 1 - error[self.known]
        return p[:, 1].reshape(self.dataset.given.shape) if self.many else p

    def worst(self, part: Floats, error: Floats) -> Floats:
        """(N,) the part of the most doubtful cell, above the median of all."""
        if self.many:
            width = self.dataset.n_classes
            worst = np.nan_to_num(error, nan=-1).reshape(-1, width).argmax(axis=1)
            part = part.reshape(-1, width)[np.arange(len(worst)), worst]
        if not np.isfinite(part).any():
            return np.zeros_like(part)
        return np.asarray(np.nan_to_num(part - np.nanmedian(part)))


def _pooled(
    cells: _Cells, learn: Integers, findings: Sequence[Finding]
) -> tuple[Floats, dict[str, Floats]]:
    """(C, k) log of the pooled opinion of models and neighbours, and each part of the doubt."""
    sources = {
        each.detector: each.opinion
        for each in findings
        if each.role == "opinion" and each.opinion is not None
    }
    logs = [log_opinion(cells.flat(p)) for p in sources.values()]
    if not logs:
        return np.zeros((len(cells.given), cells.k)) - np.log(cells.k), {}
    if len(logs) == 1:
        return logs[0], {next(iter(sources)): cells.doubt(logs[0])}
    learn = learn[cells.known[learn]]
    heard = _telling(cells, learn, logs)
    if len(heard) == 1:
        best = heard[0]
        return logs[best], {list(sources)[best]: cells.doubt(logs[best])}
    sources = {name: p for f, (name, p) in enumerate(sources.items()) if f in heard}
    logs = [logs[f] for f in heard]
    features = np.stack(logs)
    prior = np.full(len(logs), 1 / len(logs))
    target = np.eye(cells.k)[cells.given[learn]]
    pool = fit_pool(features[:, learn], target, prior, biased=False)
    parts = {
        name: weight * cells.doubt(each)
        for name, weight, each in zip(sources, pool.weights, logs, strict=True)
    }
    return log_softmax(pool.logits(features)), parts


def _telling(cells: _Cells, learn: Integers, logs: Sequence[Floats]) -> list[int]:
    """Which sources say at least half as much about the given labels as the best of them.

    In log-likelihood over the shares of the classes, each source tempered to say most. A weak
    source foretells little but the errors that are in the labels themselves.
    """
    label = cells.given[learn]
    target = np.eye(cells.k)[label]
    shares = np.log(np.maximum(target.mean(axis=0), 1e-9))
    said = []
    for each in logs:
        features = (each[learn] - shares)[None]
        pool = fit_pool(features, target, np.ones(1), biased=False)
        tempered = log_softmax(shares + pool.logits(features))
        said.append(float((target * (tempered - shares)).sum()))
    best = max(said)
    return [f for f, much in enumerate(said) if much == best or much >= TELLING * best > 0]


def _with_votes(
    cells: _Cells, learn: Integers, model: Floats, names: tuple[str, ...]
) -> tuple[Floats, float, tuple[Floats, Floats]]:
    """(C, k) logits of model and votes, the worth of the given label itself, and both doubts.

    Weights are learned by foretelling each annotator's labels from the model, the given label and
    the other annotators; with one alone, by foretelling the given label. The members of a family
    of m have the weight of the square root of m, since they repeat each other's errors.
    """
    votes = [_votes(cells, name) for name in names]
    size = {name: len(members) for members in families(names) for name in members}
    own: Floats = np.where(cells.known[:, None], np.eye(cells.k)[cells.label], 0)
    enough = [f for f, vote in enumerate(votes) if vote.sum() >= FEWEST_VOTES]
    fits = [_fit_votes(learn, (model, own, votes), f) for f in enough if len(votes) > 1]
    fits = fits or [_fit_votes(learn, (model, own, votes), None)]
    weight = np.array(
        [np.mean([fit.votes[f] for fit in fits if f in fit.votes] or [VOTE])
         for f in range(len(votes))]
    )  # fmt: skip
    weight /= np.sqrt([size[name] for name in names])
    trust = SHARED * np.mean([fit.model for fit in fits])
    bias = np.mean([fit.bias for fit in fits], axis=0)
    heard = _shared(votes, weight)
    logits = trust * model + heard + bias
    worth = float(np.mean([fit.own for fit in fits if fit.own is not None] or [VOTE]))
    against = np.where(heard.any(axis=1), cells.doubt(heard), np.nan)
    return logits, worth, (cells.doubt(trust * model), against)


@dataclass(frozen=True, eq=False)
class _Fit:
    """Weights learned by foretelling one annotator's labels, or the given ones."""

    model: float
    own: float | None
    votes: Mapping[int, float]
    bias: Floats


def _fit_votes(
    learn: Integers, features: tuple[Floats, Floats, list[Floats]], to: int | None
) -> _Fit:
    """Foretell the labels of annotator `to`, or the given ones where None, from all others."""
    model, own, votes = features
    target = own if to is None else votes[to]
    rows = learn[target[learn].sum(axis=1) > 0]
    others = [f for f in range(len(votes)) if f != to]
    heard = _evened([votes[f][rows] for f in others])
    columns = [model[rows], *([] if to is None else [own[rows]]), *heard]
    prior = np.full(len(columns), VOTE)
    pool: Pool = fit_pool(np.stack(columns), target[rows], prior, biased=True)
    first = 1 if to is None else 2
    return _Fit(
        model=float(pool.weights[0]),
        own=None if to is None else float(pool.weights[1]),
        votes=dict(zip(others, pool.weights[first:].tolist(), strict=True)),
        bias=pool.bias,
    )


def _evened(votes: Sequence[Floats]) -> list[Floats]:
    """Votes scaled so that those who voted speak for those who did not."""
    present = np.sum([vote.sum(axis=1) > 0 for vote in votes], axis=0) if votes else 0
    factor = len(votes) / np.maximum(present, 1)
    return [vote * factor[:, None] for vote in votes]


def _shared(votes: Sequence[Floats], weight: Floats) -> Floats:
    """(C, k) weighted votes, those who voted speaking for those who did not."""
    total = sum(w * vote for w, vote in zip(weight, votes, strict=True))
    there = sum(w * (vote.sum(axis=1) > 0) for w, vote in zip(weight, votes, strict=True))
    factor = np.where(there > 0, weight.sum() / np.maximum(there, 1e-9), 0)
    return np.asarray(total * factor[:, None])


def _votes(cells: _Cells, name: str) -> Floats:
    """(C, k) the labels of one annotator as votes; 0 where there is none."""
    votes = family_votes(cells.dataset, (name,))
    if not cells.many:
        return votes.counts
    carried, present = votes.counts.reshape(-1), votes.present.reshape(-1)
    return np.column_stack([present - carried, carried])


def _worth(cells: _Cells, doubt: Floats, marks: Sequence[Finding]) -> Floats:
    """(M,) log odds per unit of each mark, by which it agrees with the pooled doubt.

    Logistic regression of the probable error on the marks. The probable error is no truth, so this
    finds less than a mark is worth; what is granted to each comes on top.
    """
    from scipy.optimize import minimize

    if not marks:
        return np.zeros(0)
    x = np.column_stack([_centred(cells.spread(mark.score)) for mark in marks])[cells.known]
    target = _sigmoid(doubt)[cells.known]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        z = x @ parameters[1:] + parameters[0]
        residual = _sigmoid(z) - target
        value = (np.logaddexp(0, z) - target * z).sum() + RIDGE * (parameters[1:] ** 2).sum()
        slope = x.T @ residual + 2 * RIDGE * parameters[1:]
        return float(value), np.concatenate([[residual.sum()], slope])

    limits = [(None, None), *[(0.0, HIGHEST_MARK)] * len(marks)]
    start = np.zeros(len(marks) + 1)
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits).x[1:]
    return np.asarray(found + [mark.granted for mark in marks])


def _centred(score: Floats) -> Floats:
    """A score less its mean; 0 where there is none."""
    if not np.isfinite(score).any():
        return np.zeros_like(score)
    return np.asarray(np.nan_to_num(score - np.nanmean(score)))


def _sigmoid(z: Floats) -> Floats:
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1 / (1 + e), e / (1 + e)))
