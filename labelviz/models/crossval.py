"""Cross-validation: every sample judged by a model that was not trained on it.

In-sample probabilities hide wrong labels, because a model remembers what it was told. Here each
sample, with all that shares its record or text, is left out once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.groups import folds, grouping
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FOLDS, SEED, ModelUse
from labelviz.core.threads import one_thread
from labelviz.errors import LabelsRefused
from labelviz.models.attributes import attribute_features
from labelviz.models.embed import Embedded, embed
from labelviz.models.features import (
    Corpus,
    corpus_of,
    embedding_features,
    similarity_features,
    term_features,
)
from labelviz.models.predict import now

WEIGHTS = np.linspace(0, 1, 11)
FLOOR = 1e-6


@dataclass(frozen=True)
class View:
    """One way to look at the samples.

    Parameters
    ----------
    features : from the (N,) mask of training samples to (N, F) features.
    model : a fresh scikit-learn classifier.
    """

    features: Callable[[Booleans], Any]
    model: Callable[[], Any]


def cross_validate(
    dataset: Dataset,
    k: int = FOLDS,
    seed: int = SEED,
    encoder: str | Path | None = None,
    report: Report = silent,
    use: ModelUse = ModelUse(),  # noqa: B008 - frozen
) -> Probabilities:
    """Out-of-fold probabilities for every sample, those without a label included.

    Logistic regression on tf-idf of words and character runs, or on the frozen embeddings of an
    encoder. For pairs mixed with a random forest on the similarities of the two texts, and of each
    attribute where they are records, in the proportion that fits the other folds best. Computed in
    the order of ids and class names, so that the order of samples and classes changes no number.

    Parameters
    ----------
    k : number of folds, at least 2; groups of `labelviz.core.groups` stay whole.
    encoder : a model folder or hub id.
    report : called as (done, total, unit): "texts" while embedding, "folds" while fitting.
    use : the precision of the encoder, and where its texts are cut.

    Raises
    ------
    LabelsRefused : fewer than two classes occur among the labels.
    ModelRefused : the encoder is not loadable safely.
    """
    check_labels(dataset)
    if k < 2:
        raise ValueError("cross-validation needs at least two folds")
    canonical = dataset.canonical
    corpus = corpus_of(canonical.texts)
    embedded = embed(corpus.texts, encoder, report, use) if encoder is not None else None
    attributes = attribute_features(*canonical.texts) if canonical.is_pair else {}
    views = _views(corpus, embedded, attributes, seed)
    fold = folds(canonical, k, seed)
    computed = embedded.computed if embedded else None
    return Probabilities(
        values=_opinion(canonical, views, fold, report),
        classes=canonical.classes,
        ids=canonical.ids,
        multilabel=dataset.multilabel,
        provenance=Provenance(
            "out-of-fold", _source(canonical, encoder, attributes),
            embedded.model_hash if embedded else "", dataset.fingerprint, now(),
            notes=(
                f"{k} folds of {grouping(canonical, k)}", *note_rare(dataset, k),
                *_note_attributes(attributes),
                *(computed.sentences if computed else ()),
            ),
            computed=computed,
            groups=dataset.hash_of("group"),
        ),
        folds=fold,
    ).aligned(dataset)  # fmt: skip


def _opinion(dataset: Dataset, views: list[View], fold: Integers, report: Report) -> Floats:
    """(N, K) out-of-fold values for (N,) folds."""
    k = int(fold.max()) + 1
    opinions = np.empty((len(views), len(dataset), dataset.n_classes))
    with one_thread():
        for done in range(k):
            test = fold == done
            for each, view in enumerate(views):
                opinions[each, test] = _fit_predict(dataset, view, ~test, test)
            report(done + 1, k, "folds")
    return _mix(dataset, opinions, fold)


def check_labels(dataset: Dataset) -> None:
    """Raise LabelsRefused where the given labels leave nothing to tell apart."""
    present = dataset.given[dataset.given != MISSING]
    kinds = set(present.tolist())
    if len(kinds) >= 2:
        return
    if dataset.multilabel:
        found = "no label is set" if kinds <= {0} else "every label is set"
    else:
        found = f"only {dataset.classes[kinds.pop()]!r} occurs" if kinds else "there are none"
    raise LabelsRefused(
        f"Cross-validation needs at least two classes among the given labels; {found}.",
        where="given labels",
        remedy="Check the label column.",
    )


def _views(
    corpus: Corpus, embedded: Embedded | None, attributes: dict[str, Floats], seed: int
) -> list[View]:
    """The views of a corpus: by terms or vectors, and for pairs by how alike the two texts are."""
    pair = len(corpus.sides) == 2
    logistic = partial(_logistic, pair=pair)
    if embedded is None:
        views = [View(lambda train: term_features(corpus, train), logistic)]
    else:
        features = embedding_features(embedded.vectors, corpus.sides)
        views = [View(lambda _: features, logistic)]
    if pair:
        vectors = embedded.vectors if embedded else None
        known = list(attributes.values())
        alike = View(
            lambda train: np.hstack([similarity_features(corpus, train, vectors), *known]),
            lambda: _forest(seed),
        )
        views.append(alike)
    return views


def _source(dataset: Dataset, encoder: str | Path | None, attributes: dict[str, Floats]) -> str:
    """What the views are, in words."""
    source = "cross-validated logistic regression on "
    source += "tf-idf" if encoder is None else f"embeddings of {encoder}"
    if not dataset.is_pair:
        return source
    if not attributes:
        return f"{source} and random forest on similarities"
    return f"{source} and random forest on similarities of the texts and of their attributes"


def _note_attributes(attributes: dict[str, Floats]) -> tuple[str, ...]:
    return (f"records compared by {', '.join(attributes)}",) if attributes else ()


def _logistic(*, pair: bool) -> Any:
    """Pairs are shrunk more: they have four times the features, and records that repeat."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0 if pair else 10.0, max_iter=200, tol=1e-3)


def _forest(seed: int) -> Any:
    """Leaves of at least ten samples, so that a wrong label is outvoted by its neighbours."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=200, min_samples_leaf=10, max_samples=0.5, random_state=seed, n_jobs=-1
    )


def _fit_predict(dataset: Dataset, view: View, train: Booleans, test: Booleans) -> Floats:
    """(T, K) probabilities of the test samples."""
    if not test.any() or not train.any():
        return np.full((np.count_nonzero(test), dataset.n_classes), 1 / max(dataset.n_classes, 2))
    x = view.features(train)
    if not dataset.multilabel:
        return _fit_one(view.model(), x, dataset.given, dataset.n_classes, (train, test))
    each = [_fit_one(view.model(), x, cells, 2, (train, test))[:, 1] for cells in dataset.given.T]
    return np.column_stack(each)


def _fit_one(
    model: Any, x: Any, labels: Integers, k: int, parts: tuple[Booleans, Booleans]
) -> Floats:
    """(T, k) probabilities; a class the training part lacks gets the mass of one sample in it.

    Where only one class or no feature is left there is nothing to learn, and the smoothed shares of
    the classes are the answer (Laplace's rule of succession).
    """
    train, test = parts[0] & (labels != MISSING), parts[1]
    counts = np.bincount(labels[train], minlength=k)
    p = np.tile((counts + 1) / (counts.sum() + k), (int(test.sum()), 1))
    if np.count_nonzero(counts) < 2 or not x.shape[1]:
        return p
    model.fit(x[train], labels[train])
    model.n_jobs = 1  # threads would add the trees up in no fixed order
    p[:, model.classes_] = model.predict_proba(x[test])
    shares: Floats = p / p.sum(axis=1, keepdims=True)
    return shares


def _mix(dataset: Dataset, opinions: Floats, fold: Integers) -> Floats:
    """(N, K) one opinion, or two averaged with the weight that fits all other folds best."""
    if len(opinions) == 1:
        return np.asarray(opinions[0])
    first, second = opinions[0], opinions[1]
    mixed: Floats = np.empty_like(first)
    for each in np.unique(fold):
        rows = fold == each
        losses = [
            _negative_log_likelihood(dataset, w * first + (1 - w) * second, ~rows) for w in WEIGHTS
        ]
        w = WEIGHTS[int(np.argmin(losses))]
        mixed[rows] = w * first[rows] + (1 - w) * second[rows]
    return mixed


def _negative_log_likelihood(dataset: Dataset, p: Floats, rows: Booleans) -> float:
    """Summed -log p of the given labels, or cells, among some rows."""
    if dataset.multilabel:
        cells = dataset.given != MISSING
        right = np.where(dataset.given == 1, p, 1 - p)[cells & rows[:, None]]
    else:
        rows = rows & (dataset.given != MISSING)
        right = p[rows, dataset.given[rows]]
    return float(-np.log(np.maximum(right, FLOOR)).sum())


def note_rare(dataset: Dataset, k: int) -> tuple[str, ...]:
    """A sentence about classes with fewer samples than folds, if there are any.

    Such a class is missing from the training part of the fold that holds all it has left, so its
    few samples are judged with little or no support.
    """
    if dataset.multilabel:
        counts = (dataset.given == 1).sum(axis=0)
    else:
        counts = np.bincount(dataset.given[dataset.given != MISSING], minlength=dataset.n_classes)
    rare = [
        f"{name!r} ({count})"
        for name, count in zip(dataset.classes, counts.tolist(), strict=True)
        if 0 < count < k
    ]
    if not rare:
        return ()
    return (f"fewer samples than folds, so low support: {', '.join(rare)}",)
