"""Fusion: one suspicion per sample of whatever the detectors could say.

Opinions are pooled with weights learned from the data: how well each foretells the labels that it
was not made from. A label is as suspicious as its strongest rival stands against it. Other
annotators are mixed in as `labelviz.detectors.votes` says. Detectors that doubt without knowing
better count as much as they agree with the pooled doubt, beside what is granted to each of them.
What reviewers settled is learned on top of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelviz.core.alarm import alarm_sample
from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Evidence, Finding
from labelviz.core.families import families, family
from labelviz.detectors.pool import fit_pool, log_opinion
from labelviz.detectors.slices import FEWEST_VERDICTS
from labelviz.detectors.verdicts import learn, on_verdicts
from labelviz.detectors.votes import voted

REVIEWS, POOLED = "reviews", "pooled opinion"
LEARNED_FROM = 20_000  # samples that weights are learned from; more would change the third digit
# A source counts that tells at least this share of what the best one tells about the labels.
TELLING = 0.5
RELATED = 0.5
RIDGE = 10.0
HIGHEST_MARK = 6.0  # log odds between the least and the most suspicious, at most


@dataclass(frozen=True, eq=False)
class Fused:
    """What all detectors together say.

    Parameters
    ----------
    error : (N,) how likely the given label is wrong by all evidence, in [0, 1]: of several labels
        the most doubtful cell, whose odds are those of the opinion over the number of classes,
        since one of many is doubtful by chance. Above one half another class is likelier. A
        relative score until it is calibrated, since models that learned from wrong labels are too
        sure of them. NaN without label.
    rival : (N,) the likeliest class but the given one; of several labels (N, K) how likely each
        cell is wrong.
    parts : by detector, (N,) log odds it adds to the error, above its median.
    calibrated : whether the error is calibrated on verdicts about samples drawn at random.
    """

    error: Floats
    rival: Integers | Floats
    parts: Mapping[str, Floats]
    calibrated: bool = False


def fuse(evidence: Evidence, findings: Sequence[Finding]) -> Fused:
    """Pool what the detectors found, and learn from verdicts; see the module for the weights.

    Words have no weight beside other findings: they say what is learned here.
    """
    from scipy.special import expit

    findings = [each for each in findings if each.role != "word"] or findings
    fused = _without_reviews(evidence, findings)
    verdicts = evidence.verdicts
    if verdicts is None or len(verdicts) < FEWEST_VERDICTS:
        return fused
    odds = _log_odds(np.clip(fused.error, 1e-6, 1 - 1e-6))
    learned = learn(evidence, verdicts, odds, findings)
    error = on_verdicts(verdicts, learned.doubt)
    told = np.sum(list(learned.parts.values()), axis=0)
    return replace(
        fused,
        error=expit(learned.doubt) if error is None else error,
        parts={**fused.parts, REVIEWS: told - np.median(told)},
        calibrated=error is not None,
    )


def _without_reviews(evidence: Evidence, findings: Sequence[Finding]) -> Fused:
    from scipy.special import expit

    cells = _Cells(evidence.dataset)
    votes = next((each for each in findings if each.role == "vote"), None)
    if len(findings) == 1 and votes is None:
        return _alone(cells, evidence, findings[0])
    learn = cells.of_rows(alarm_sample(evidence.dataset, LEARNED_FROM))
    model, parts = _pooled(cells, learn, findings)
    mass, doubt = model, cells.doubt(model)
    names = tuple(evidence.dataset.annotators)
    if votes is not None and names:
        share = _shares(names, evidence.audited)
        said = voted(np.exp(model), cells.given, cells.votes(names), share)
        mass, doubt, alone = np.log(said.mass + 1e-12), _log_odds(said.error), _log_odds(said.model)
        first = (each.detector for each in findings if each.role == "opinion")
        parts = {next(first, POOLED): alone, votes.detector: doubt - alone}
    marks = [each for each in findings if each.role == "mark"]
    for mark, weight in zip(marks, _worth(cells, doubt, marks), strict=True):
        added = weight * _centred(cells.spread(mark.score))
        doubt = doubt + added
        parts[mark.detector] = added
    error = expit(doubt - cells.chance)
    worst = {name: cells.worst(part, error) for name, part in parts.items()}
    return Fused(cells.of_samples(error), cells.rival(mass, error), worst)


def _shares(names: tuple[str, ...], audited: str) -> list[float]:
    """What each annotator's vote is worth: a family of m votes like the square root of m.

    Relatives of whoever wrote the given labels, who repeat the errors, count for half of that.
    """
    size = {name: len(members) for members in families(names) for name in members}
    author = family(audited)
    return [(RELATED if family(name) == author else 1) / np.sqrt(size[name]) for name in names]


def _alone(cells: _Cells, evidence: Evidence, finding: Finding) -> Fused:
    """One detector's word, as it is; the model says what the label should be if it does not."""
    opinion = evidence.levelled.values if finding.opinion is None else finding.opinion
    if finding.opinion is None:
        error = cells.spread(finding.score)
    else:
        error = cells.against(cells.flat(opinion))
    odds = _log_odds(np.clip(error, 1e-12, 1 - 1e-12))
    rival = cells.rival(cells.flat(opinion), error)
    return Fused(cells.of_samples(error), rival, {finding.detector: cells.worst(odds, error)})


class _Cells:
    """What is right or wrong: samples over K classes, or of multi-label every cell over two."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.many = dataset.multilabel
        self.given: Integers = dataset.given.reshape(-1)
        self.k = 2 if self.many else dataset.n_classes
        self.chance = float(np.log(dataset.n_classes)) if self.many else 0.0
        """Log odds that a cell needs to be likely wrong: one of so many is doubtful by chance."""
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
        """(C,) log odds of the likeliest other class against the given one."""
        own = logits[self.index, self.label]
        top = self._others(logits).max(axis=1)
        doubt: Floats = np.where(self.known, top - own, np.nan)
        return doubt

    def against(self, p: Floats) -> Floats:
        """(C,) probability of the likeliest other class, given that it is that or the given one."""
        own, top = p[self.index, self.label], self._others(p).max(axis=1)
        total = own + top
        with np.errstate(invalid="ignore"):
            share = np.where(total > 0, top / np.where(total > 0, total, 1), 0.0)
        return np.where(self.known & np.isfinite(own), share, np.where(self.known, 0.0, np.nan))

    def of_samples(self, error: Floats) -> Floats:
        """(N,) of the most doubtful cell."""
        if not self.many:
            return error
        cells = error.reshape(-1, self.dataset.n_classes)
        nothing = np.isnan(cells).all(axis=1)
        return np.where(nothing, np.nan, np.nan_to_num(cells, nan=0.0).max(axis=1))

    def rival(self, mass: Floats, error: Floats) -> Integers | Floats:
        """What the likeliest mistake is, see `Fused`."""
        if self.many:
            return error.reshape(self.dataset.given.shape)
        return np.asarray(self._others(mass).argmax(axis=1))

    def votes(self, names: tuple[str, ...]) -> Integers:
        """(J, C) what each annotator said."""
        return np.stack([self.dataset.annotators[name].reshape(-1) for name in names])

    def _others(self, values: Floats) -> Floats:
        """The values without those of the given class."""
        others = np.array(values, dtype=np.float64)
        others[self.index[self.known], self.label[self.known]] = -np.inf
        return others

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
    from scipy.special import log_softmax

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
    return log_softmax(pool.logits(features), axis=1), parts


def _telling(cells: _Cells, learn: Integers, logs: Sequence[Floats]) -> list[int]:
    """Which sources say at least half as much about the given labels as the best of them.

    In log-likelihood over the shares of the classes, each source tempered to say most. A weak
    source foretells little but the errors that are in the labels themselves.
    """
    from scipy.special import log_softmax

    label = cells.given[learn]
    target = np.eye(cells.k)[label]
    shares = np.log(np.maximum(target.mean(axis=0), 1e-9))
    said = []
    for each in logs:
        features = (each[learn] - shares)[None]
        pool = fit_pool(features, target, np.ones(1), biased=False)
        tempered = log_softmax(shares + pool.logits(features), axis=1)
        said.append(float((target * (tempered - shares)).sum()))
    best = max(said)
    return [f for f, much in enumerate(said) if much == best or much >= TELLING * best > 0]


def _worth(cells: _Cells, doubt: Floats, marks: Sequence[Finding]) -> Floats:
    """(M,) log odds per unit of each mark, by which it agrees with the pooled doubt.

    Logistic regression of the probable error on the marks. The probable error is no truth, so this
    finds less than a mark is worth; what is granted to each comes on top.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    if not marks:
        return np.zeros(0)
    x = np.column_stack([_centred(cells.spread(mark.score)) for mark in marks])[cells.known]
    target = expit(doubt)[cells.known]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        z = x @ parameters[1:] + parameters[0]
        residual = expit(z) - target
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


def _log_odds(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p))
