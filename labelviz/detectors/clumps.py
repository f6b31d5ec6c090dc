"""Clumps: soft labels are doubted more where others with the same words are.

An LLM errs in clumps: on one topic, one kind of place. What the words of the other samples foretell
of a label's doubt is added to what the model says of it, as far as that explains the labels better.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings

Sparse = Any  # a scipy sparse array in CSR format
# Of scripts that put no space between words each character is one.
SPACELESS = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
WORD = rf"(?u){SPACELESS}|(?:(?!{SPACELESS})\w)+"
LEAST = 50  # texts that a word or a pair of words stands in
MOST_WORDS = 20_000
FEWEST = 500  # labels below which nothing is learned
LEARNED_FROM = 20_000
FOLDS = 10
RIDGE = 300.0
CHUNK = 20_000  # rows whose words are in memory at a time
SUREST = 1e-4  # a model is never surer than this
# Before the labels are looked at: log odds of a wrong one, and how far they may lie beside that.
WRONG, APART = float(np.log(0.1 / 0.9)), 1.0
LOWEST, SHARPEST, STRONGEST, HARDEST = -6.0, 1.2, 2.0, 0.7  # bounds of what is fitted


@dataclass(frozen=True, eq=False)
class Judged:
    """How far labels are doubted.

    Parameters
    ----------
    odds : (N,) log odds of wrong against right; 0 where a label says nothing.
    clump : (N,) the part of them that words foretell, 0 on average.
    """

    odds: Floats
    clump: Floats


class Wording:
    """The words of the samples, and what they foretell.

    Parameters
    ----------
    texts : one or two (N,) columns of text.

    Words and pairs of words that stand in `LEAST` texts or more. A sample's fold comes from its
    first text, so that the order of samples changes nothing and equal texts stay together.
    """

    def __init__(self, texts: tuple[Strings, ...]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._joined = [" \n".join(sides) for sides in zip(*texts, strict=True)]
        marks = np.array([zlib.crc32(text.encode("utf-8", "replace")) for text in texts[0]])
        self.fold: Integers = marks % FOLDS
        self.learned = np.argsort(marks // FOLDS, kind="stable")[:LEARNED_FROM]
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
            known = ~np.isnan(y[self.learned, k])
            for fold in range(FOLDS):
                rows = np.flatnonzero(known & (self.fold[self.learned] != fold))
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
        """The words of one sample that add most, of (FOLDS, V) weights, the first three."""
        if self._presence is None:
            return []
        found = self._words.transform([self._joined[row]]).indices
        adds = weights[self.fold[row], found]
        names = self._words.get_feature_names_out()
        order = np.argsort(-adds, kind="stable")[:3]
        return [str(names[found[each]]) for each in order if adds[each] > 0]


def judge(q: Floats, p: Floats, wording: Wording) -> tuple[list[Judged], Floats]:
    """How far each label is doubted, cell by cell where there are several.

    A label q agrees with an opinion p as likely as one class drawn from each is the same: f = sum
    over classes of q p^t, where p^t is p sharpened by t. Of a wrong one the classes are swapped:
    g = sum of q (1 - p^t) / (K - 1). With a share w of wrong labels the likelihood of a label is
    (1 - w) f + w g, a mixture as in Dawid and Skene 1979. Two things may differ from text to text,
    and are foretold from words out of fold: w, from the slope of the log-likelihood in w, and t,
    from the entropy of the labels, which no swap of classes changes: hard texts are no wrong ones.

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
    """(N,) the slope of each log-likelihood in the share of wrong labels, and minus the entropy."""
    none = np.zeros(len(q))
    right, wrong, log_odds = _Mixture(q, p, none, none).fitted(learned)
    share = 1 / (1 + np.exp(-log_odds))
    logs = np.log(np.clip(q, 1e-9, 1))
    return (wrong - right) / ((1 - share) * right + share * wrong), (q * logs).sum(axis=1)


def _doubts(
    q: Floats, p: Floats, wrong: Floats, hard: Floats, learned: Booleans
) -> tuple[Floats, Floats]:
    """(N,) log odds of wrong against right, and the part of them that words foretell."""
    mixture = _Mixture(q, p, _standard(wrong), _standard(hard))
    right, other, log_odds = mixture.fitted(learned)
    clump = log_odds - log_odds.mean() if len(q) else log_odds
    return clump + np.log(other / right), clump


def _standard(values: Floats) -> Floats:
    spread = values.std() if len(values) else 0
    return np.zeros(len(values)) if spread < 1e-9 else (values - values.mean()) / spread


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
        nothing is learned.
        """
        from scipy.optimize import minimize

        if rows.sum() < FEWEST:
            return self._parts(np.array([WRONG, 0, 0, 0]))
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
        z = np.exp(sharp + easy * self.hard)[:, None] * np.log(np.clip(self.p, SUREST, 1))
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        right = (self.q * p).sum(axis=1)
        wrong = (self.q * (1 - p)).sum(axis=1) / (p.shape[1] - 1)
        return right, np.maximum(wrong, SUREST**2), share + clump * self.wrong

    def _loss(self, numbers: Floats) -> float:
        right, wrong, log_odds = self._parts(numbers)
        share = 1 / (1 + np.exp(-log_odds))
        likelihood = np.log((1 - share) * right + share * wrong).sum()
        return float(-likelihood + ((numbers[0] - WRONG) / APART) ** 2 / 2)
