from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from labelviz.core import draws
from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review
from labelviz.core.difficulty import data_map
from labelviz.core.distributions import Probabilities, Targets
from labelviz.core.draws import Draws
from labelviz.core.evidence import control_order
from labelviz.core.statuses import Statuses
from labelviz.core.suspicion import Suspicion
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of, probabilities_of

ABC = ("a", "b", "c")
POLICIES = st.one_of(
    st.just("hard"),
    st.floats(0, 0.45).map("smooth:off={}".format),
    st.tuples(st.floats(0, 0.45), st.floats(0.1, 10)).map(
        lambda pair: "dynamic:max={},power={}".format(*pair)
    ),
)


@st.composite
def cases(draw: st.DrawFn, k: int | None = None, task: str = ""):
    """A dataset and a model's opinion about it."""
    n, k = draw(st.integers(1, 12)), k or draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    classes = tuple(f"c{each}" for each in range(k))
    if task == "multilabel":
        data = dataset_of(rng.integers(0, 2, (n, k)), classes)
        return data, probabilities_of(data, rng.random((n, k)))
    data = dataset_of(rng.integers(0, k, n), classes)
    return data, probabilities_of(data, rng.dirichlet(np.ones(k) * 0.5, n))


def decided(
    data: Dataset, text: str, *decisions: Decision, opinion: Probabilities | None = None
) -> Targets:
    """Targets of one policy with these decisions, in this order."""
    making = Making(Ground(data, opinion), parse_policy(text))
    events = [replace(each, sequence=number) for number, each in enumerate(decisions, start=1)]
    return with_decisions(making, Review(data, events))


def ground_of(n: int, k: int, seed: int, *, multilabel: bool = False) -> Ground:
    """Everything that any layer may rest on, drawn at random; a fifth is reviewed, as drawn."""
    rng = np.random.default_rng(seed)
    classes = tuple(f"c{each}" for each in range(k))
    shape = (n, k) if multilabel else n
    labels = rng.integers(0, 2 if multilabel else k, shape)
    soft = rng.random((n, k)) if multilabel else rng.dirichlet(np.ones(k), n)
    said = {name: rng.integers(0, 2 if multilabel else k, shape) for name in ("gpt_1", "llama_2")}
    data = dataset_of(
        labels, classes,
        texts=[[f"text {row // 2}" for row in range(n)]],
        slices={"kind": strings(f"v{each}" for each in rng.integers(0, 3, n))},
        confidence=rng.random(n), soft=soft, annotators=said, split=strings(["train"] * n),
        task="multilabel" if multilabel else "binary" if k == 2 else "multiclass",
    )  # fmt: skip
    p = rng.random((n, k)) if multilabel else rng.dirichlet(np.ones(k), n)
    suspicion = Suspicion(
        score=rng.random(n), flagged=np.zeros(n, dtype=bool),
        suggested=rng.integers(0, 2 if multilabel else k, shape),
        reasons=strings([""] * n), detectors=(), dataset="", probabilities="p", calibrated=True,
    )  # fmt: skip
    events = [
        decision_of(
            str(row), f"s{row}", "choose", on=data, sequence=row + 1,
            label=tuple(rng.choice(classes, 1)),
        )
        for row in control_order(n)[: -(-n // 5)].tolist()
    ]  # fmt: skip
    learned = data_map(data.given, rng.normal(size=(3, n, k)))
    return Ground(data, probabilities_of(data, p), suspicion, learned, **reviews(data, events))


def reviews(data: Dataset, events: Sequence[Decision]) -> dict[str, Any]:
    """A review and its draws, in the order of these decisions."""
    review, decided = Review(data, events), np.zeros(len(data), dtype=np.int64)
    for at, each in enumerate(events, 1):
        decided[data.rows[each.sample]] = at
    return {"review": review, "draws": Draws.of(Statuses.of(review), decided)}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """One random review tells of all samples; for real ones it takes more than a test makes."""
    monkeypatch.setattr(draws, "FEWEST_DRAWN", 1)
