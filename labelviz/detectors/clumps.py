"""Clumps: soft labels are doubted more where others with the same words are.

An LLM errs in clumps: on one topic, one kind of place. What the words of the other samples foretell
of a label's doubt is added to what the model says of it, as far as that explains the labels better.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings
from labelviz.core.calibration import tempered
from labelviz.core.differences import IDEOGRAPH

Sparse = Any  # a scipy sparse array in CSR format
# Of scripts that put no space between words each character is one.
SPACELESS = rf"[{IDEOGRAPH}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff]"
WORD = rf"(?u){SPACELESS}|(?:(?!{SPACELESS})\w)+"
LEAST = 50  # texts that a word or a pair of words stands in
MOST_WORDS = 20_000
FEWEST = 500  # labels below which nothing is learned
LEARNED_FROM = 20_000
FOLDS = 20
RIDGE = 150.0
CHUNK = 20_000  # rows whose words are in memory at a time
READ = 2_000  # characters of a text that are read
FARTHEST = 3.0  # standard deviations that words take a text from the others
NAMED = 1 / 3  # of what the strongest word adds, the least that one adds to be named
SUREST = 1e-4  # an opinion is never surer than this, before it is sharpened
RAREST = 1e-9  # nor is a likelihood lower
# Before the labels are looked at: log odds of a wrong one, and how far they may lie beside that.
WRONG, APART = float(np.log(0.1 / 0.9)), 1.0
LOWEST, SHARPEST, STRONGEST, HARDEST = -6.0, 2.5, 2.0, 0.7  # bounds of what is fitted


@dataclass(frozen=True, eq=False)
class Judged:
    """How far labels are doubted.

    Parameters
    ----------
    odds : (N,) log odds of wrong against right; 0 where there is no label.
    clump : (N,) the part of them by which words foretell more wrong labels, 0 on average.
    """

    odds: Floats
    clump: Floats


class Wording:
    """The words of the samples, and what they foretell.

    Parameters
    ----------
    texts : one or two (N,) columns of text.
    ids : (N,) of the samples, which say whom words are learned from where there are many.

    Words and pairs of words that stand in `LEAST` texts or more. A sample's fold comes from its
    texts, so that the order of samples changes nothing and equal ones stay together.
    """

    def __init__(self, texts: tuple[Strings, ...], ids: Strings) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._joined = [
            " \n".join(side[:READ] for side in sides) for sides in zip(*texts, strict=True)
        ]
        self.fold: Integers = np.array([_mark(text) % FOLDS for text in self._joined], np.int64)
        marks = [(_mark(each), each) for each in ids]
        order = sorted(range(len(marks)), key=marks.__getitem__)
        self.learned = np.array(order[:LEARNED_FROM], dtype=np.int64)
        self._words = CountVectorizer(
            binary=True, min_df=LEAST, max_features=MOST_WORDS, ngram_range=(1, 2),
            token_pattern=WORD, dtype=np.float64,
        )  # fmt: skip
        try:
            self._presence = self._words.fit_transform(self._texts(self.learned))
        except ValueError:  # no word stands in so many texts
            self._presence = None

    def _texts(self, rows: Integers) -> list[str]:
        return [self._joined[row] for row in rows.tolist()]

    @cached_property
    def _names(self) -> Strings:
        names: Strings = self._words.get_feature_names_out()
        return names

    def foretell(self, y: Floats) -> tuple[Floats, Floats]:
        """What the words of the other folds make of y, by ridge regression.

        Parameters
        ----------
        y : (N, M) with NaN where it is not known.

        Returns
        -------
        (N, M) what is foretold, and (FOLDS, M, V) what each word adds to it; 0 where nothing could
        be learned.
        """
        from sklearn.linear_model import Ridge

        n, m = y.shape
        if self._presence is None:
            return np.zeros((n, m)), np.zeros((FOLDS, m, 0))
        weights = np.zeros((FOLDS, m, self._presence.shape[1]))
        start = np.zeros((FOLDS, m))
        for k in range(m):
            known = np.flatnonzero(~np.isnan(y[self.learned, k]))
            start[:, k] = y[self.learned[known], k].mean() if len(known) else 0
            for fold in range(FOLDS):
                rows = known[self.fold[self.learned[known]] != fold]
                if len(rows) < FEWEST // 2:
                    continue
                line = Ridge(RIDGE, solver="sparse_cg", tol=1e-6)
                line.fit(self._presence[rows], y[self.learned[rows], k])
                weights[fold, k], start[fold, k] = line.coef_, line.intercept_
        told = np.empty((n, m))
        for first in range(0, n, CHUNK):
            rows = np.arange(first, min(first + CHUNK, n))
            presence = self._words.transform(self._texts(rows))
            for fold in range(FOLDS):
                mine = self.fold[rows] == fold
                told[rows[mine]] = presence[mine] @ weights[fold].T + start[fold]
        return told, weights

    def strongest(self, row: int, weights: Floats) -> list[str]:
        """The up to three words of one sample that add most, of (FOLDS, V) weights."""
        if self._presence is None:
            return []
        found = self._words.transform([self._joined[row]]).indices
        adds = weights[self.fold[row], found]
        order = np.argsort(-adds, kind="stable")[:3]
        least = max(NAMED * adds[order[0]], 1e-6) if len(order) else 0
        return [str(self._names[found[each]]) for each in order if adds[each] >= least]


def _mark(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def judge(q: Floats, p: Floats, wording: Wording) -> tuple[list[Judged], Floats]:
    """How far each label is doubted, cell by cell where there are several.

    A label q agrees with an opinion p as likely as one class drawn from each is the same: f = sum
    over classes of q p^t, where p^t is p sharpened by t. Of a wrong one the classes are swapped:
    g = sum of q (1 - p^t) / (K - 1). With a share w of wrong labels the likelihood of a label is
    (1 - w) f + w g, a mixture as in Dawid and Skene 1979. Two things may differ from text to text,
    and are foretold from words out of fold: w, from the slope of the log-likelihood in w, and t,
    from the entropies of label and opinion, which no swap of classes changes, so that texts on
    which people and model are of two minds do not look wrong. Where a model is sure and no better
    than chance, on one topic alone, no label looks different from a wrong one.

    Parameters
    ----------
    q : (C, N, K) labels, rows summing to 1, NaN where there is none. p : (C, N, K) opinions.

    Returns
    -------
    Judged by cell, and (FOLDS, C, V) what each word adds to the slope.
    """
    known = np.asarray(~np.isnan(q).any(axis=2))
    learned = np.zeros(known.shape[1], dtype=bool)
    learned[wording.learned] = True
    slopes = np.full((2, *known.shape), np.nan)
    for cell, there in enumerate(known):
        slopes[:, cell, there] = _slopes(q[cell, there], p[cell, there], learned[there])
    told, weights = wording.foretell(slopes.reshape(2 * len(q), -1).T)
    wrong, hard = told.T.reshape(2, *known.shape)
    found = []
    for cell, there in enumerate(known):
        odds, clump = np.zeros((2, len(there)))
        odds[there], clump[there] = _doubts(
            q[cell, there], p[cell, there], wrong[cell, there], hard[cell, there], learned[there]
        )
        found.append(Judged(odds, clump))
    return found, weights[:, : len(q)]


def _slopes(q: Floats, p: Floats, learned: Booleans) -> tuple[Floats, Floats]:
    """(N,) slopes of the log-likelihoods in the share of wrong labels, and minus the entropies."""
    from scipy.special import entr, expit

    none = np.zeros(len(q))
    right, wrong, log_odds = _Mixture(q, p, none, none).fitted(learned)
    share = expit(log_odds)
    entropies = entr(q).sum(axis=1) + entr(p).sum(axis=1)
    return (wrong - right) / ((1 - share) * right + share * wrong), -entropies


def _doubts(
    q: Floats, p: Floats, wrong: Floats, hard: Floats, learned: Booleans
) -> tuple[Floats, Floats]:
    """(N,) log odds of wrong against right, and the part of them that words foretell."""
    mixture = _Mixture(q, p, _standard(wrong), _standard(hard))
    right, other, log_odds = mixture.fitted(learned)
    clump = log_odds - log_odds.mean() if len(q) else log_odds
    return log_odds + np.log(other / right), clump


def _standard(values: Floats) -> Floats:
    spread = values.std() if len(values) else 0
    if spread < 1e-9:
        return np.zeros(len(values))
    return np.asarray(np.clip((values - values.mean()) / spread, -FARTHEST, FARTHEST))


class _Mixture:
    """Right and wrong labels in one heap.

    Parameters
    ----------
    q, p : (N, K). wrong, hard : (N,) what words foretell, standardised, or 0.
    """

    def __init__(self, q: Floats, p: Floats, wrong: Floats, hard: Floats) -> None:
        self.q, self.p, self.wrong, self.hard = q, p, wrong, hard

    def fitted(self, rows: Booleans) -> tuple[Floats, Floats, Floats]:
        """(N,) the likelihoods of each label as a right and as a wrong one, and the log odds.

        By maximum likelihood of some rows, with a prior on the share of wrong labels; of few
        nothing is learned, and as many may be wrong as right.
        """
        from scipy.optimize import minimize

        if rows.sum() < FEWEST:
            return self._parts(np.zeros(4))
        some = _Mixture(self.q[rows], self.p[rows], self.wrong[rows], self.hard[rows])
        bounds = [
            (LOWEST, 0), (-SHARPEST, SHARPEST), (0, STRONGEST * self.wrong.any()),
            (0, HARDEST * self.hard.any()),
        ]  # fmt: skip
        found = [
            minimize(some._loss, [WRONG, 0, start, 0], bounds=bounds, method="L-BFGS-B")
            for start in ((0.0, 0.7) if self.wrong.any() else (0.0,))
        ]
        return self._parts(min(found, key=lambda each: float(each.fun)).x)

    def _parts(self, numbers: Floats) -> tuple[Floats, Floats, Floats]:
        share, sharp, clump, easy = numbers
        temperature = np.exp(-sharp - easy * self.hard)
        p = tempered(np.clip(self.p, SUREST, 1), temperature, multilabel=False)
        right = (self.q * p).sum(axis=1)
        wrong = (self.q * (1 - p)).sum(axis=1) / (p.shape[1] - 1)
        return np.maximum(right, RAREST), np.maximum(wrong, RAREST), share + clump * self.wrong

    def _loss(self, numbers: Floats) -> float:
        from scipy.special import expit

        right, wrong, log_odds = self._parts(numbers)
        share = expit(log_odds)
        likelihood = np.log((1 - share) * right + share * wrong).sum()
        return float(-likelihood + ((numbers[0] - WRONG) / APART) ** 2 / 2)
