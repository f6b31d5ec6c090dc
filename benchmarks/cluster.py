"""What a Ray cluster costs, measured on this machine, and what it would give, simulated from that.

One machine cannot show how much faster several are. So nodes that share its cores are compared with
the same prediction here: what is slower is what the cluster costs. From what was measured, the time
to make a batch of tokens, to carry it and to compute it, a simulation says how many rows an hour
more nodes would do, until the machine that makes the tokens is what they wait for.

python benchmarks/cluster.py [--rows N]
"""

from __future__ import annotations

import argparse
import csv
import heapq
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from report import ROOT, machine, write_table

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.settings import ModelUse
from labelviz.models import predict as predicting
from labelviz.models.cluster import UNDER_WAY, fleet
from labelviz.models.loading import load_classifier
from labelviz.models.scratch import Start, new_classifier

# Of MiniLM-L6: what is computed for a text, with random weights.
SHAPE = Start(vocab_size=8_000, hidden=384, layers=6, heads=12, intermediate=1_536, max_tokens=128)
ROUNDS, LARGE = 3, 200_000
GPU_ROWS, GPU_PRICE = 30_000.0, 3.0  # assumed: pairs of a MiniLM a second, dollars an hour
SIZES, GPUS = (1e6, 1e8), (1, 8, 64)


@dataclass(frozen=True)
class Costs:
    """Seconds for a pair.

    Parameters
    ----------
    handed : to take its texts and hand them to a copy, on the machine that asks.
    made : to make its tokens, where it is computed.
    """

    handed: float
    made: float


def pairs(count: int) -> Dataset:
    """The demo's pairs, again and again with another number in each."""
    with closing((ROOT / "data/poi_pairs/poi_pairs.csv").open(encoding="utf-8")) as file:
        known = [(row["text_a"], row["text_b"]) for row in csv.DictReader(file)]
    sides = [
        strings(f"{known[n % len(known)][side]} {n // len(known)}" for n in range(count))
        for side in (0, 1)
    ]
    ids = strings(map(str, range(count)))
    return Dataset(classes=("no", "yes"), ids=ids, texts=tuple(sides),
                   given=np.zeros(count, dtype=np.int64), task="binary")  # fmt: skip


def seconds(dataset: Dataset, model: Path, use: ModelUse) -> tuple[float, np.ndarray]:
    """From the first batch's end to the last one's, so that no start counts; and the numbers."""
    times: list[tuple[float, int]] = []
    found = predicting.predict(
        dataset, model, lambda done, *_: times.append((time.perf_counter(), done)), use=use
    )
    moving = [each for each in times if each[1] > 0]
    (start, first), (end, last) = moving[0], moving[-1]
    return (end - start) / (last - first) * len(dataset), found.values


def nothing(*_: object) -> np.ndarray:
    """What handing over costs alone."""
    return np.zeros((1, 2), np.float32)


def costs(dataset: Dataset, model: Path, address: str) -> Costs:
    """Each part of the work by itself."""
    classifier = load_classifier(model, dataset.classes, multilabel=False)
    start = time.perf_counter()
    classifier.tokens(dataset.texts)
    made = (time.perf_counter() - start) / len(dataset)
    large = pairs(LARGE)
    rows = np.random.default_rng(0).permutation(len(large))

    def pieces() -> Iterator[predicting._Stretch]:
        for start in range(0, len(large), predicting.STRETCH):
            some = rows[start : start + predicting.STRETCH]
            yield predicting._Stretch(some, tuple(side[some] for side in large.texts), 0)

    with fleet(address, classifier, model, reload) as there:
        list(there.in_turn(nothing, [0, 1]))
        start = time.perf_counter()
        list(there.in_turn(nothing, pieces()))
        handed = (time.perf_counter() - start) / len(large)
    return Costs(handed, made)


def reload(model: str | Path) -> object:
    """The same model on a node."""
    return load_classifier(model, ("no", "yes"), multilabel=False)


def simulated(rows: float, copies: int, known: Costs) -> float:
    """Seconds for so many rows on so many GPUs, stretch by stretch.

    One process hands stretches over, one after the other; a copy has `UNDER_WAY` of them, so that
    it computes one while it gets the next. It makes the tokens of a stretch, then computes it.
    """
    size = min(predicting.STRETCH, rows)
    stretches = math.ceil(rows / size)
    driver = last = 0.0
    ends: list[list[float]] = [[] for _ in range(copies)]
    room = [(0.0, copy) for copy in range(copies)]  # since when a copy can have one more
    for _ in range(stretches):
        since, copy = heapq.heappop(room)
        driver = max(driver, since) + size * known.handed
        mine = ends[copy]
        start = max(driver, mine[-1] if mine else 0.0)
        mine.append(start + size * (known.made + 1 / GPU_ROWS))
        last = max(last, mine[-1])
        heapq.heappush(room, (mine[-UNDER_WAY] if len(mine) >= UNDER_WAY else driver, copy))
    return last


def main() -> None:
    """Measure, simulate and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000)
    asked = parser.parse_args()
    import ray
    from ray.cluster_utils import Cluster

    dataset = pairs(asked.rows)
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        texts = [str(text) for side in dataset.texts for text in side[:2_000]]
        model = new_classifier(Path(folder, "model"), texts, ("no", "yes"), SHAPE)
        cores = os.cpu_count() or 1
        ratios: dict[int, list[float]] = {}
        known = None
        for nodes in (1, 2, 3):
            each = max(cores // nodes, 1)
            cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": each})
            for _ in range(nodes - 1):
                cluster.add_node(num_cpus=each)
            cluster.wait_for_nodes()
            try:
                found = []
                for _ in range(ROUNDS):
                    here, said = seconds(dataset, model, ModelUse("float32"))
                    there, same = seconds(
                        dataset, model, ModelUse("float32", on=str(cluster.address))
                    )
                    assert np.abs(said - same).max() < 1e-5
                    found.append((here, there))
                if known is None:
                    known = costs(dataset, model, str(cluster.address))
            finally:
                ray.shutdown()
                cluster.shutdown()
            ratios[nodes] = [there / here for here, there in found]
            rate = len(dataset) / statistics.median(there for _, there in found)
            of = statistics.median(ratios[nodes])
            spread = f"{min(ratios[nodes]):.2f} to {max(ratios[nodes]):.2f}"
            words = (
                f"{nodes} node{'s' if nodes > 1 else ''} of {each} core{'s' if each > 1 else ''}"
            )
            rows.append((f"measured: {words}", f"{rate:,.0f}", f"{of:.2f} ({spread})", ""))
    assert known is not None
    for count in SIZES:
        for copies in GPUS:
            took = simulated(count, copies, known)
            cost = took / 3600 * copies * GPU_PRICE
            rows.append(
                (f"simulated: {count:.0e} pairs, {copies} GPUs", f"{count / took:,.0f}", "",
                 f"{took / 3600:.2f} h, ${cost:,.2f}")
            )  # fmt: skip
    note = (
        f"Measured with a classifier of MiniLM's shape in float32 on {len(dataset):,} pairs, "
        f"{ROUNDS} rounds, each beside the same prediction without a cluster; nodes share the "
        f"{os.cpu_count()} cores of one machine, so they cannot be faster than it. Start-up is "
        f"left out. {machine()}"
    )
    simulation = (
        f"Simulated, not measured: the machine that asks hands over {1 / known.handed:,.0f} pairs "
        f"a second, a copy makes the tokens of {1 / known.made:,.0f} a second, on so many cores as "
        f"here, both as measured; that its GPU then computes {GPU_ROWS:,.0f} a second, and costs "
        f"${GPU_PRICE:g} an hour, is assumed."
    )
    header = ("where", "rows/s", "x the time here", "time and cost")
    write_table("cluster", "Prediction on a Ray cluster", header, rows, [note, simulation])


if __name__ == "__main__":
    main()
