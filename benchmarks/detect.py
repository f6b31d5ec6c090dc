"""How well labelviz finds wrong labels: against cleanlab's default on the same probabilities.

For every labelled set, every label column and every source of probabilities: average precision of
cleanlab's default score, of each detector alone, of the fusion without and with other annotators,
with a paired bootstrap over rows; then of the fusion after simulated verdicts. What takes minutes,
embedding and cross-validating, is kept in `build/detect`, and so are the results of each set.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import coverage
import numpy as np
from detect_notes import notes
from detect_sets import Case, cases
from report import ROOT, code_hash, write_table

from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.evidence import Embeddings, Evidence, Finding, NotChecked, Verdicts
from labelviz.core.metrics import average_precision, hits_within
from labelviz.core.opinion import Opinion
from labelviz.core.precision import Computed
from labelviz.core.settings import MOST_TOKENS, FlagLine
from labelviz.detectors.confident_learning import cell_issues, label_issues
from labelviz.detectors.flag import BESIDE
from labelviz.detectors.fusion import fuse
from labelviz.detectors.model_opinion import NAME as MODEL
from labelviz.detectors.model_opinion import model_opinion
from labelviz.models.embed import Embedded

KEPT = ROOT / "build" / "detect"
RESAMPLES = 300
REVIEWS, REVIEWS_OF_SET = 200, 40  # simulated reviews of each kind, and of each set
STEP, BUDGETS = 25, (50, 200)
RANDOM = 0.1  # share of the reviewed samples that are drawn at random, as in the review queue
ROWS, CLASSES, DIMENSIONS = 1_000_000, 10, 384
Gain = tuple[float, float, float]
Late = tuple[float, float, float, float, int, float]
Flags = tuple[int, float, float]  # how many are flagged, their precision, and F1


@dataclass
class Result:
    """What was measured on one case with one source of probabilities.

    Parameters
    ----------
    ap : by scorer, average precision; `cleanlab` among them.
    top : by scorer, P@100 and recall at 10 % of the rows.
    gains : by fusion, its ratio to cleanlab with a 95 % interval.
    verdicts : by budget, AP over the waiting samples of fusion and cleanlab; AP over all samples,
        reviewed ones settled, of both, where cleanlab's top is reviewed instead; errors found; and
        AP over all samples of the best part where its own top is reviewed.
    flags : by who flags them, without reviews.
    tutorial : AP of embeddings, logistic regression and cleanlab's default, as its text tutorial.
    coverage : rows of what ranges held in reviews of this set.
    """

    case: str
    rows: int
    errors: int
    source: str
    annotators: bool
    pairs: bool = False
    ap: dict[str, float] = field(default_factory=dict)
    top: dict[str, tuple[float, float]] = field(default_factory=dict)
    gains: dict[str, Gain] = field(default_factory=dict)
    verdicts: dict[int, Late] = field(default_factory=dict)
    flags: dict[str, Flags] = field(default_factory=dict)
    tutorial: float = np.nan
    coverage: list[list[str]] = field(default_factory=list)

    @property
    def best_part(self) -> float:
        """AP of the best of model alone, votes counted and CROWDLAB."""
        return max(self.ap.get(name, 0.0) for name in ("fusion", "votes counted", "crowdlab"))


def main() -> None:
    """Measure, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="folder of the labelled sets")
    parser.add_argument("--encoder", default="", help="folder of an encoder; TF-IDF alone without")
    parser.add_argument("--only", default="", help="cases whose name holds this; writes nothing")
    parser.add_argument(
        "--coverage", type=int, metavar="REVIEWS", default=0,
        help="only simulate so many reviews of each kind, and say what ranges held",
    )  # fmt: skip
    parser.add_argument("--timings", default="new", choices=("new", "kept"))
    parser.add_argument(
        "--neighbours",
        type=int,
        metavar="ROWS",
        default=0,
        help="time the neighbours of so many rows alone; a million are kept",
    )
    options = parser.parse_args()
    if options.coverage:
        print(grid([coverage.HEADER, *coverage.simulations(options.coverage)]))
        return
    if options.neighbours:
        found = neighbours_apart(options.neighbours)
        print(neighbours_in_words(options.neighbours, found))
        if options.neighbours == ROWS:
            keep_timings(kept_timings() | found)
        return
    if not (Path(options.data) / "llm-annotators").is_dir():
        sys.exit(
            "bench-detect needs labelled sets, which are not part of labelviz:\n"
            "  make bench-detect DATA=<folder of the sets> [ENCODER=<folder of an encoder>]"
        )
    warnings.filterwarnings("ignore")
    results: list[Result] = []
    for case in cases(Path(options.data), options.only):
        for result in kept_results(case, options.encoder):
            results.append(result)
            show(result)
    if not options.only:
        write(results, kept_timings() if options.timings == "kept" else timings())


def kept_results(case: Case, encoder: str) -> list[Result]:
    """The results of a case, measured again only where code that they come from has changed.

    So a run that was interrupted goes on, and `--only` may measure some cases beside the others.
    """
    opinion_of = Path(encoder).parent.name
    path = KEPT / f"results-{case.dataset.fingerprint}-{opinion_of}-{_code()}.json"
    if not path.is_file():
        results = list(measured(case, encoder))
        text = json.dumps([asdict(each) for each in results], default=float)
        path.with_suffix(".new").write_text(text, encoding="utf-8")
        path.with_suffix(".new").rename(path)
    kept = json.loads(path.read_text("utf-8"))
    for each in kept:
        each["verdicts"] = {int(budget): late for budget, late in each["verdicts"].items()}
    return [Result(**each) for each in kept]


@cache
def _code() -> str:
    """Of all code that a result comes from."""
    rooms = ("labelviz/core", "labelviz/detectors", "labelviz/models")
    files = ("benchmarks/detect.py", "benchmarks/detect_sets.py", "benchmarks/coverage.py")
    return code_hash(*rooms, *files)


def measured(case: Case, encoder: str) -> Iterator[Result]:
    """One result per source of probabilities."""
    sources = {"tf-idf": opinion(case, "")}
    vectors = None
    if encoder:
        sources["encoder"] = opinion(case, encoder)
        vectors = embeddings(case, encoder)
    else:
        from labelviz.models.lsa import lsa

        vectors = lsa(case.dataset.texts)
    for name in sources:
        # The fusion may look at the TF-IDF opinion, too, which labelviz can always make itself.
        known = {name: sources[name], "tf-idf": sources["tf-idf"]}
        evidence = Evidence(case.dataset, name, known, vectors, audited=case.label)
        result = measure(case, evidence, simulated=name == list(sources)[-1])
        if encoder and result.verdicts:
            result.tutorial = average_precision(tutorial(case, encoder), case.wrong)
        yield result


def measure(case: Case, evidence: Evidence, *, simulated: bool) -> Result:
    """All numbers of one case and source."""
    findings: list[Finding] = []
    asked = [model_opinion(evidence, name) for name in evidence.probabilities]
    asked += [detector(evidence) for detector in BESIDE.values()]
    findings = [each for each in asked if not isinstance(each, NotChecked)]
    alone = [each for each in findings if each.detector not in ("annotators", "crowdlab")]
    crowd = len(findings) > len(alone)
    counts = len(case.dataset), int(case.wrong.sum())
    result = Result(case.name, *counts, evidence.name, crowd, case.dataset.is_pair)
    cleanlab = cleanlab_default(evidence)
    scores = {"cleanlab": cleanlab}
    scores |= {each.detector: np.nan_to_num(each.score) for each in findings}
    scores["fusion"] = fuse(evidence, alone).error
    if crowd:
        scores["votes counted"] = votes_counted(case)
        scores["fusion, annotators"] = fuse(evidence, findings).error
    for name, score in scores.items():
        result.ap[name] = average_precision(score, case.wrong)
        tenth = int(np.ceil(len(score) / 10))
        result.top[name] = (
            hits_within(score, case.wrong, 100) / min(100, len(score)),
            hits_within(score, case.wrong, tenth) / case.wrong.sum(),
        )
    final = scores.get("fusion, annotators", scores["fusion"])
    result.flags = {
        "labelviz": flags(final >= FlagLine().threshold, case.wrong),
        "find_label_issues": flags(issues(evidence), case.wrong),
        "another class on top": flags(on_top(evidence), case.wrong),
    }
    for name in ("fusion", "fusion, annotators"):
        if name in scores:
            result.gains[name] = bootstrap(scores[name], cleanlab, case.wrong)
    if simulated:
        parts = [cleanlab, scores["fusion"]]
        parts += [scores[name] for name in ("votes counted", "crowdlab") if name in scores]
        result.verdicts = simulate(case, evidence, findings if crowd else alone, parts)
        result.coverage = coverage.of_set(
            case.name, case.wrong, classes_of(case), final, REVIEWS_OF_SET
        )
    return result


def classes_of(case: Case) -> Any:
    """A number for each sample's given label; of several labels, how many it carries."""
    given = case.dataset.given
    return given.sum(axis=1) if case.dataset.multilabel else given


def flags(flagged: Any, wrong: Any) -> Flags:
    """How many, their precision, and F1."""
    hits, count = int((flagged & wrong).sum()), int(flagged.sum())
    return count, hits / max(count, 1), 2 * hits / max(count + int(wrong.sum()), 1)


def issues(evidence: Evidence) -> Any:
    """What cleanlab's default filter flags."""
    given, p = evidence.dataset.given, evidence.in_use.values
    if evidence.dataset.multilabel:
        return cell_issues(given, p).any(axis=1)
    return label_issues(given, p)


def on_top(evidence: Evidence) -> Any:
    """Where the probabilities have another class on top."""
    other = Opinion(evidence.in_use).labels != evidence.dataset.given
    return other.any(axis=1) if evidence.dataset.multilabel else other


def tutorial(case: Case, encoder: str) -> Any:
    """What cleanlab's text tutorial does: logistic regression on embeddings, out of fold.

    The two texts of a pair are one text, as they would be there.
    """
    from cleanlab import multilabel_classification, rank
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.multiclass import OneVsRestClassifier

    from labelviz.detectors.confident_learning import names_of

    given = case.dataset.given
    joined = [" ".join(sides) for sides in zip(*case.dataset.texts, strict=True)]
    distinct = list(dict.fromkeys(joined))
    place = {text: row for row, text in enumerate(distinct)}
    vectors = embedded(distinct, encoder)[[place[text] for text in joined]]
    model = LogisticRegression(max_iter=400)
    if case.dataset.multilabel:
        p = cross_val_predict(OneVsRestClassifier(model), vectors, given, method="predict_proba")
        return 1 - multilabel_classification.get_label_quality_scores(names_of(given), p)
    p = cross_val_predict(model, vectors, given, method="predict_proba")
    return 1 - rank.get_label_quality_scores(given, p)


def cleanlab_default(evidence: Evidence) -> Any:
    """One minus cleanlab's label quality by its default method."""
    from cleanlab import multilabel_classification, rank

    from labelviz.detectors.confident_learning import names_of

    given, p = evidence.dataset.given, evidence.in_use.values
    if evidence.dataset.multilabel:
        return 1 - multilabel_classification.get_label_quality_scores(names_of(given), p)
    return 1 - rank.get_label_quality_scores(given, p)


def votes_counted(case: Case) -> Any:
    """The share of all other annotators who contradict the given label, each with one vote."""
    labels = np.stack(list(case.dataset.annotators.values()))
    there = labels >= 0
    against = ((labels != case.dataset.given) & there).sum(axis=0)
    return against / np.maximum(there.sum(axis=0), 1)


def bootstrap(score: Any, rival: Any, wrong: Any) -> Gain:
    """The ratio of two average precisions and its 95 % interval over resampled rows."""
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(wrong), len(wrong))
        if wrong[rows].any():
            pair = (average_precision(each[rows], wrong[rows]) for each in (score, rival))
            ours, theirs = pair
            ratios.append(ours / theirs)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return average_precision(score, wrong) / average_precision(rival, wrong), low, high


def simulate(
    case: Case, evidence: Evidence, findings: Sequence[Finding], parts: Sequence[Any]
) -> dict[int, Late]:
    """Review the most suspicious samples, and one in ten at random, learning after every 25.

    Parameters
    ----------
    parts : scores that do not learn, cleanlab's first.
    """
    n, wrong, cleanlab = len(case.wrong), case.wrong, parts[0]
    settled = np.full(n, np.nan)
    rng = np.random.default_rng(0)
    score = fuse(evidence, findings).error
    found: dict[int, Late] = {}
    reviewed = 0
    while reviewed < max(BUDGETS) and np.isnan(settled).sum() > STEP:
        waiting = np.flatnonzero(np.isnan(settled))
        count = round(STEP * RANDOM)
        top = waiting[np.argsort(-score[waiting], kind="stable")][: STEP - count]
        drawn = rng.choice(np.setdiff1d(waiting, top), count, replace=False)
        rows = np.concatenate([top, drawn])
        settled[rows] = wrong[rows]
        reviewed += STEP
        verdicts = Verdicts(settled, np.zeros(n, dtype=bool))
        score = fuse(replace(evidence, verdicts=verdicts), findings).error
        if reviewed in BUDGETS:
            left = np.isnan(settled)
            known = np.where(left, score, np.where(settled == 1, 2.0, -1.0))
            found[reviewed] = (
                average_precision(score[left], wrong[left]),
                average_precision(cleanlab[left], wrong[left]),
                average_precision(known, wrong),
                static(cleanlab, wrong, reviewed),
                int(np.nansum(settled)),
                max(static(np.array(each, dtype=float), wrong, reviewed) for each in parts),
            )
    return found


def static(score: Any, wrong: Any, reviewed: int) -> float:
    """AP over all samples once the top of a score that does not learn was reviewed."""
    known = score.copy()
    top = np.argsort(-score, kind="stable")[:reviewed]
    known[top] = np.where(wrong[top], 2.0, -1.0)
    return average_precision(known, wrong)


# What takes minutes


def opinion(case: Case, encoder: str) -> Probabilities:
    """Out-of-fold probabilities, kept from one run to the next."""
    from labelviz.models import crossval

    name = f"{case.dataset.fingerprint}-{Path(encoder).parent.name or 'tfidf'}.npy"
    path = KEPT / name
    if not path.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        original = crossval.embed

        def kept(texts: Sequence[str], model: Any, *_: Any) -> Embedded:
            vectors = embedded(texts, str(model)).astype(np.float64)
            return Embedded(vectors, "", Computed("float32", "", MOST_TOKENS, ""))

        crossval.embed = kept  # the same vectors for cross-validation and neighbours
        try:
            made = crossval.cross_validate(case.dataset, encoder=encoder or None)
        finally:
            crossval.embed = original
        np.save(path, made.values)
    data = case.dataset
    origin = Provenance("out-of-fold", name, dataset=data.fingerprint)
    return Probabilities(np.load(path), data.classes, data.ids, data.multilabel, origin)


def embeddings(case: Case, encoder: str) -> Embeddings:
    """The texts of a case as vectors."""
    from labelviz.models.features import corpus_of

    texts = corpus_of(case.dataset.canonical.texts).texts
    vectors, place = embedded(texts, encoder), {text: row for row, text in enumerate(texts)}
    mine = corpus_of(case.dataset.texts)
    rows = [place[text] for text in mine.texts]
    return Embeddings(vectors[rows], mine.sides, encoder)


def embedded(texts: Sequence[str], encoder: str) -> Any:
    """Vectors of some texts, computed once."""
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    path = KEPT / f"vectors-{hashlib.sha256(joined).hexdigest()[:16]}.npy"
    if not path.is_file():
        from labelviz.models.embed import embed

        KEPT.mkdir(parents=True, exist_ok=True)
        vectors = embed(texts, encoder).vectors
        np.save(path, vectors.astype(np.float32))
    return np.load(path)


# A million rows


def timings() -> dict[str, float]:
    """Seconds, and gigabytes for neighbours, on a million synthetic rows."""
    from cleanlab.filter import find_label_issues

    from labelviz.core.arrays import strings
    from labelviz.core.dataset import Dataset
    from labelviz.detectors.flag import flag

    rng = np.random.default_rng(0)
    given = rng.integers(0, CLASSES, ROWS)
    p = rng.dirichlet(np.ones(CLASSES), ROWS) * 0.5
    p[np.arange(ROWS), given] += 0.5
    ids = strings(str(row) for row in range(ROWS))
    classes = tuple(f"class {k}" for k in range(CLASSES))
    data = Dataset("multiclass", classes, ids, (ids,), given)
    opinion = Probabilities(p, classes, ids, False, Provenance("out-of-fold", "synthetic"))
    evidence = Evidence(data, "p", {"p": opinion})
    _ = data.fingerprint  # of the dataset, not of the detectors
    theirs, ours = [], []
    for _ in range(3):
        began = time.perf_counter()
        find_label_issues(given, p)
        theirs.append(time.perf_counter() - began)
        began = time.perf_counter()
        flag(evidence, only=["model"])
        ours.append(time.perf_counter() - began)
    found = {"cleanlab": float(np.median(theirs)), "labelviz": float(np.median(ours))}
    found |= neighbours_apart(ROWS)
    keep_timings(found)
    return found


def neighbours_apart(rows: int) -> dict[str, float]:
    """Seconds, gigabytes and recall of the neighbours, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as apart:
        return apart.submit(neighbours_timed, rows).result()


def neighbours_timed(rows: int) -> dict[str, float]:
    """The index and search of the neighbours detector on clustered vectors; the vectors included.

    Recall: the share of the ten nearest of 200 samples that is among the ten found.
    """
    import resource

    from labelviz.detectors.neighbours import SPARE, K, nearest

    rng = np.random.default_rng(0)
    topics = rng.normal(size=(2_000, DIMENSIONS)).astype(np.float32)
    vectors = np.empty((rows, DIMENSIONS), dtype=np.float32)
    for start in range(0, rows, 10_000):
        block = vectors[start : start + 10_000]
        block[:] = topics[rng.integers(0, len(topics), len(block))]
        block += rng.standard_normal(block.shape, dtype=np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    began = time.perf_counter()
    near, _ = nearest(vectors, vectors, K * SPARE)
    seconds = time.perf_counter() - began
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    hits = 0
    for row in rng.choice(rows, 200, replace=False):
        exact = np.argpartition(-(vectors @ vectors[row]), K)[:K]
        hits += len(np.intersect1d(exact, near[row, :K]))
    return {"neighbours": seconds, "gigabytes": gigabytes, "recall": hits / (200 * K)}


def kept_timings() -> dict[str, float]:
    """What was measured last time; empty where nothing was."""
    file = KEPT / "timings.json"
    found: dict[str, float] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def keep_timings(found: Mapping[str, float]) -> None:
    """Remember what was measured."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "timings.json").write_text(json.dumps(found), encoding="utf-8")


# Words


def show(result: Result) -> None:
    """One line to watch by."""
    ap = "  ".join(f"{name} {value:.3f}" for name, value in result.ap.items())
    late = "  ".join(
        f"after {budget}: rest {ours:.3f} to {theirs:.3f}, all {known:.3f}, found {count}"
        for budget, (ours, theirs, known, _, count, _) in result.verdicts.items()
    )
    print(f"{result.case} [{result.source}] {ap}  {late}", flush=True)


def share(gain: Gain | None) -> str:
    """A ratio with its interval."""
    return "" if gain is None else f"{gain[0]:.2f} ({gain[1]:.2f} to {gain[2]:.2f})"


def half_left(ap: float) -> float:
    """The aim with annotators or verdicts: twice as much, or half of what is left to 1."""
    return min(2 * ap, (1 + ap) / 2)


def write(results: Sequence[Result], seconds: Mapping[str, float]) -> None:
    """`detect.md` in full, and its summary in the README."""
    detail = ["case", "rows", "wrong", "probabilities", "cleanlab", "fusion", "ratio",
              "votes counted", "fusion, annotators", "ratio"]  # fmt: skip
    table = [
        [r.case, f"{r.rows:,}", f"{r.errors / r.rows:.1%}", r.source, f"{r.ap['cleanlab']:.3f}",
         f"{r.ap['fusion']:.3f}", share(r.gains["fusion"]),
         f"{r.ap['votes counted']:.3f}" if r.annotators else "",
         f"{r.ap['fusion, annotators']:.3f}" if r.annotators else "",
         share(r.gains.get("fusion, annotators"))]
        for r in results
    ]  # fmt: skip
    extra = [
        "## Each detector alone\n\n" + alone(results),
        "## The top of the list: P@100 and recall at 10 % of the rows\n\n" + tops(results),
        "## After simulated verdicts\n\n" + late(results),
        "## What is flagged\n\n" + flagged(results),
        "## Against the best part\n\n" + against_parts(results),
        "## Ranges\n\n" + ranges(results),
        "## A million rows\n\n" + million(seconds),
    ]
    write_table(
        "detect", "Finding wrong labels", detail, table, [*notes(RESAMPLES), *extra],
        summary=(["", "aim", "reached"], summary(results, seconds)),
    )  # fmt: skip


def alone(results: Sequence[Result]) -> str:
    """AP of every detector by itself."""
    names = list(dict.fromkeys(name for r in results for name in r.ap if name != MODEL))
    names = [n for n in names if "fusion" not in n and n != "votes counted"]
    lines = [["case", "probabilities", *names]]
    lines += [
        [r.case, r.source, *(f"{r.ap[n]:.3f}" if n in r.ap else "" for n in names)] for r in results
    ]
    return grid(lines)


def tops(results: Sequence[Result]) -> str:
    """P@100 and R@10 % of cleanlab and fusion."""
    names = ("cleanlab", "fusion", "fusion, annotators")
    lines = [["case", "probabilities", *names]]
    for r in results:
        cells = (f"{r.top[n][0]:.2f} / {r.top[n][1]:.2f}" if n in r.top else "" for n in names)
        lines.append([r.case, r.source, *cells])
    return grid(lines)


def late(results: Sequence[Result]) -> str:
    """AP after verdicts."""
    lines = [["case", "cleanlab at first", *(
        f"{words} after {budget}" for budget in BUDGETS
        for words in ("errors found", "rest: fusion", "rest: cleanlab", "all: fusion",
                      "all: cleanlab")
    )]]  # fmt: skip
    for r in results:
        if r.verdicts:
            cells = [f"{r.ap['cleanlab']:.3f}"]
            for budget in BUDGETS:
                values = r.verdicts.get(budget)
                cells += (
                    [""] * 5 if values is None
                    else [f"{values[4]} of {r.errors}", *(f"{v:.3f}" for v in values[:4])]
                )  # fmt: skip
            lines.append([r.case, *cells])
    return grid(lines) + (
        "\n\nRest: the samples that nobody reviewed, ranked by both. All: reviewed ones are known, "
        "wrong ones first and right ones last; for cleanlab the top of its list was reviewed. The "
        "fusion knows other annotators where there are any. The reviewer always tells the truth."
    )


def flagged(results: Sequence[Result]) -> str:
    """Flagged sets: how many, precision and F1."""
    names = list(results[0].flags)
    lines = [["case", "probabilities", "wrong", *names]]
    for r in results:
        cells = (f"{n:,}: {p:.2f} / {f1:.2f}" for n, p, f1 in r.flags.values())
        lines.append([r.case, r.source, f"{r.errors:,}", *cells])
    return grid(lines) + "\n\nHow many: precision / F1, before any review."


def against_parts(results: Sequence[Result]) -> str:
    """Fusion with annotators against its best part, before and after verdicts."""
    lines = [["case", "probabilities", "best part", "fusion", "ratio", "after 50", "after 200"]]
    for r in results:
        ours = r.ap.get("fusion, annotators", r.ap["fusion"])
        late = [f"{late_ratio(r, b):.2f}" if b in r.verdicts else "" for b in BUDGETS]
        cells = [f"{r.best_part:.3f}", f"{ours:.3f}", f"{ours / r.best_part:.2f}"]
        lines.append([r.case, r.source, *cells, *late])
    return grid(lines) + (
        "\n\nBest part: the best of labelviz without annotators, votes counted and CROWDLAB. "
        "After verdicts: AP over all samples with reviewed ones known, to that of the best part "
        "whose own top was reviewed."
    )


def ranges(results: Sequence[Result]) -> str:
    """Coverage in simulation and on the sets."""
    rows = coverage.simulations(REVIEWS)
    rows += [row for r in results for row in r.coverage]
    return grid([coverage.HEADER, *rows]) + (
        "\n\nRanges with 95 % confidence, as pages show them from 30 random samples on, of a class "
        "or a slice from 10 on, looked at after every tenth card of a worst-first review with one "
        "random card in ten. Of all labels the range has to hold at every look of 95 % of reviews."
    )


def million(seconds: Mapping[str, float]) -> str:
    """The timings, in words."""
    ratio = seconds["labelviz"] / seconds["cleanlab"]
    flagging = (
        f"{ROWS:,} x {CLASSES} probabilities: `flag` with the model-based detectors takes "
        f"{seconds['labelviz']:.1f} s, `cleanlab.filter.find_label_issues` "
        f"{seconds['cleanlab']:.1f} s, {ratio:.2f} x (aim: at most 1.2 x). "
    )
    if "neighbours" not in seconds:
        return flagging + (
            f"The nearest neighbours of {ROWS:,} x {DIMENSIONS} vectors (aim: minutes, 8 GB) were "
            "not measured in this run."
        )
    return flagging + neighbours_in_words(ROWS, seconds)


def neighbours_in_words(rows: int, found: Mapping[str, float]) -> str:
    """How long the neighbours took."""
    return (
        f"The nearest neighbours of {rows:,} x {DIMENSIONS} clustered vectors take "
        f"{found['neighbours'] / 60:.1f} minutes on {os.cpu_count()} cores (aim: minutes) and "
        f"find {found['recall']:.1%} of the true ten; the process used {found['gigabytes']:.1f} GB "
        "at most (aim: 8 GB)."
    )


def summary(results: Sequence[Result], seconds: Mapping[str, float]) -> list[list[str]]:
    """Every aim against what was reached."""
    last = [r for r in results if r.verdicts]
    ratios = [r.gains["fusion"] for r in results]
    better = sum(low > 1 for _, low, _ in ratios)
    worse = sum(high < 1 for *_, high in ratios)
    crowd = [r for r in results if r.annotators]
    reached = [r for r in crowd if r.ap["fusion, annotators"] >= half_left(r.ap["cleanlab"])]
    votes = [r for r in crowd if r.ap["fusion, annotators"] > r.ap["votes counted"]]
    done = [r for r in last if 200 in r.verdicts]
    after = [r for r in done if r.verdicts[200][2] >= half_left(r.ap["cleanlab"])]
    open_ones = [r for r in done if not np.isnan(r.verdicts[200][0])]
    rest = [r for r in open_ones if r.verdicts[200][0] >= half_left(r.verdicts[200][1])]
    return [
        ["Ranges that hold the truth at a look, simulated and on the sets", "93 %",
         f"{held(results):.1%}"],
        ["Flagged: mean F1 to that of `find_label_issues`", "1.8", f1_ratio(results)],
        ["lower F1", "0", f"{lower_f1(results)} of {len(results)}"],
        ["End to end against cleanlab's text tutorial, pairs", "2.5",
         end_to_end(results, pairs=True)],
        ["the same, single texts", "1.2", end_to_end(results, pairs=False)],
        ["With other annotators, before reviews: mean ratio to the best part", "1.05",
         f"{np.mean([part_ratio(r) for r in crowd]):.2f}"],
        ["at least 0.95 of the best part", f"{len(crowd)} of {len(crowd)}",
         f"{sum(part_ratio(r) >= 0.95 for r in crowd)} of {len(crowd)}"],
        ["After 50 verdicts: mean ratio to the best part", "1.2",
         f"{np.mean([late_ratio(r, 50) for r in last if 50 in r.verdicts]):.2f}"],
        ["at least the best part", f"{len(last)} of {len(last)}",
         f"{sum(late_ratio(r, 50) >= 1 for r in last if 50 in r.verdicts)} of {len(last)}"],
        ["Without reviews or annotators: mean ratio to cleanlab", "1.15",
         f"{np.mean([ratio for ratio, *_ in ratios]):.2f}"],
        ["significantly better, of all", "most", f"{better} of {len(ratios)}"],
        ["significantly worse", "0", f"{worse} of {len(ratios)}"],
        ["With other annotators: 2 x or half of what is left", f"{len(crowd)} of {len(crowd)}",
         f"{len(reached)} of {len(crowd)}"],
        ["better than counting votes", f"{len(crowd)} of {len(crowd)}",
         f"{len(votes)} of {len(crowd)}"],
        ["After 200 verdicts, all samples: 2 x or half of what is left",
         f"{len(done)} of {len(done)}", f"{len(after)} of {len(done)}"],
        ["better than cleanlab's own top 200 reviewed", f"{len(done)} of {len(done)}",
         f"{sum(r.verdicts[200][2] > r.verdicts[200][3] for r in done)} of {len(done)}"],
        ["2 x or half of what is left among the samples nobody reviewed", "",
         f"{len(rest)} of {len(open_ones)}"],
        ["A million rows: time of `flag` to that of `find_label_issues`", "1.2",
         f"{seconds['labelviz'] / seconds['cleanlab']:.2f}"],
    ]  # fmt: skip


def part_ratio(result: Result) -> float:
    """Fusion with annotators to the best part."""
    return result.ap["fusion, annotators"] / result.best_part


def late_ratio(result: Result, budget: int) -> float:
    """The same after so many verdicts, where the best part has its own top reviewed."""
    return result.verdicts[budget][2] / result.verdicts[budget][5]


def held(results: Sequence[Result]) -> float:
    """The mean share of looks at which ranges of the sets held the truth."""
    shares = [float(row[2].rstrip("%")) / 100 for r in results for row in r.coverage if row[2]]
    return float(np.mean(shares)) if shares else np.nan


def f1_ratio(results: Sequence[Result]) -> str:
    """The mean F1 of flags to the mean F1 of cleanlab's."""
    ours, theirs = (
        np.mean([r.flags[name][2] for r in results]) for name in ("labelviz", "find_label_issues")
    )
    return f"{ours / theirs:.2f} ({ours:.2f} to {theirs:.2f})"


def lower_f1(results: Sequence[Result]) -> int:
    """On how many sets flags have a lower F1 than cleanlab's."""
    return sum(r.flags["labelviz"][2] < r.flags["find_label_issues"][2] for r in results)


def end_to_end(results: Sequence[Result], *, pairs: bool) -> str:
    """The mean ratio to what cleanlab's tutorial gives; nothing without an encoder."""
    known = [r for r in results if r.pairs == pairs and np.isfinite(r.tutorial)]
    ratios = [r.ap["fusion"] / r.tutorial for r in known]
    return f"{np.mean(ratios):.2f}" if ratios else "no encoder was given"


def grid(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    head, *body = lines
    rows = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
