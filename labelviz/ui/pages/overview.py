"""Overview: how good are these labels, and where are they bad?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from labelviz.charts.class_mass import ClassMass, class_mass, class_mass_figure
from labelviz.charts.clumps import (
    MOST_SLICES,
    Clumps,
    clumps_figure,
    clumps_of_label,
    clumps_of_slice,
)
from labelviz.charts.data_map import data_map_figure, drawn_rows
from labelviz.charts.histograms import suspicion_figure, suspicion_histogram
from labelviz.charts.noise import MOST_CLASSES, noise_figure
from labelviz.core.dataset import Dataset
from labelviz.core.difficulty import CONFIDENT
from labelviz.core.distributions import Probabilities
from labelviz.core.draws import FEWEST_DRAWN, Counted
from labelviz.core.noise import GIVEN_WRONG, NoiseMatrix
from labelviz.core.queue import REGIONS, Queue
from labelviz.core.rates import FEWEST_IN_PART, ErrorRates
from labelviz.core.settings import SURE
from labelviz.core.suspicion import Suspicion
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests.flag import flagged_issues
from labelviz.ui import refit, rights, sitting, state
from labelviz.ui.components import (
    chart,
    checked,
    decisions,
    literal,
    message,
    notice,
    numbers,
    people,
    progress,
    provenance,
    queue_bar,
    random_samples,
    review_so_far,
    sample_map,
    worth,
)
from labelviz.ui.components.numbers import Number
from labelviz.ui.components.provenance import short
from labelviz.ui.components.random_samples import range_in_words

DRAWN_WORDS = (
    "By samples that were drawn at random for review. Each range holds the true number with 95% "
    "confidence, however you look and whenever you stop; of twenty ranges one may miss it. Parts "
    f"with fewer than {FEWEST_IN_PART} random samples are not shown."
)
PREDICTED, DRAWN = "What the model predicts", "What reviewers said of random samples"


def render() -> None:
    """Draw the page."""
    st.header("How good are these labels, and where are they bad?")
    workspace = notice.loaded_workspace()
    if workspace is None:
        return
    name = workspace.opinions.current
    probabilities = workspace.opinions.probabilities(name) if name else None
    suspicion = workspace.suspicion
    notice.behind(workspace)
    busy = progress.show(workspace.path, ("predict", "flag", "map"))
    drawn, rates = workspace.decisions.drawn, workspace.findings.error_rates()
    _figures(workspace, probabilities, suspicion)
    _what_is_missing(workspace, suspicion, busy=busy)
    for error in (*workspace.opinions.damaged, *workspace.findings.logs.damaged):
        message.show(error)
    if rates is None:
        random_samples.offer(drawn)
    if suspicion is not None:
        _learn(workspace, busy=busy)
        checked.show(suspicion)
    _classes(workspace, probabilities)
    left, right = st.columns(2, gap="large")
    with left:
        _noise(workspace, rates)
    with right:
        _suspicion(workspace, suspicion, busy=busy)
    _data_map(workspace)
    sample_map.show(workspace, busy=busy)
    review_so_far.show(workspace)
    people.show(workspace)
    decisions.show(workspace)
    if rates is not None:
        _how_many(rates)
    if suspicion is not None:
        worth.show(workspace, measured=rates is not None)
        _where(workspace.dataset, suspicion)


def _figures(
    workspace: Workspace, probabilities: Probabilities | None, suspicion: Suspicion | None
) -> None:
    dataset = workspace.dataset
    shown = [Number("Samples", f"{len(dataset):,}", f"{dataset.n_classes} classes")]
    if suspicion is None:
        shown.append(Number("Look wrong", "–", "not checked yet"))
    else:
        flagged = int(suspicion.flagged.sum())
        rows = [dataset.rows[each] for each in workspace.review.samples if each in dataset.rows]
        reviewed = int(suspicion.flagged[rows].sum())
        share = flagged / max(len(dataset), 1)
        shown += [
            Number(
                "Look wrong",
                f"at least {suspicion.sure:,}" if suspicion.sure else "–",
                f"a suspicion of {SURE:.2f} or more, by {checked.counted(suspicion)}",
            ),
            Number("Flagged", f"{flagged:,}", f"{share:.1%} of all samples"),
            Number("Flagged and reviewed", f"{reviewed:,}", f"of {flagged:,} flagged"),
        ]
    drawn = workspace.decisions.drawn
    shown.append(random_samples.number(drawn, measured=drawn.drawn >= FEWEST_DRAWN))
    if probabilities is None:
        shown.append(Number("Probabilities", "–", "none yet"))
    else:
        origin = probabilities.provenance
        shown.append(Number("Probabilities", short(origin), origin.source))
    numbers.show(shown)


def _what_is_missing(workspace: Workspace, suspicion: Suspicion | None, *, busy: bool) -> None:
    """The next step, or what weakens the flags."""
    name = workspace.opinions.current
    if name is None:
        with notice.missing("Not checked: there are no probabilities yet.", "probabilities"):
            may = rights.may("change")
            if st.button("Get probabilities", type="primary", disabled=not may):
                state.go("data")
        return
    found = workspace.opinions.probabilities(name).provenance
    provenance.show(found)
    may = rights.may("change")
    if found.in_doubt and may and st.button("Cross-validate instead"):
        state.go("data")
    if workspace.findings.refused is not None:
        sentence = checked.REFUSED
    elif suspicion is None:
        sentence = "Not checked: nobody has looked for wrong labels with these probabilities yet."
    elif suspicion.probabilities != name:
        sentence = "The flags were made with other probabilities than those in use now."
    elif workspace.findings.old_thresholds:
        sentence = checked.OTHER_THRESHOLDS
    else:
        return
    checked.find(sentence, workspace, busy=busy)


def _learn(workspace: Workspace, *, busy: bool) -> None:
    """Offer to flag anew where reviews are newer than the flags."""
    failure = sitting.shared(workspace).refit.failure
    if failure:
        notice.quiet(f"The reviews could not be learned from by themselves. {failure}")
    sentence = checked.news(workspace.findings.new_verdicts)
    if sentence:
        with notice.missing(sentence, "reviews"):
            request = refit.request(workspace)
            progress.start_button(checked.LEARN, workspace.path, request, disabled=busy)


def _how_many(rates: ErrorRates) -> None:
    st.subheader("How many are wrong?")
    notice.quiet(DRAWN_WORDS)
    parts = [("Given label", rates.by_class), *rates.by_slice.items()]
    places = st.columns(2, gap="large")
    for number, (name, found) in enumerate(parts):
        with places[number % 2]:
            chart.heading(name)
            st.dataframe(
                literal.table(
                    {
                        "": [each.of for each in found[:MOST_SLICES]],
                        "Random samples": [
                            f"{each.counted.wrong:,} of {each.counted.drawn:,} wrong"
                            for each in found[:MOST_SLICES]
                        ],
                        "Wrong in all": [
                            f"{range_in_words(each.counted.low, each.counted.high)} of "
                            f"{each.counted.total:,}"
                            for each in found[:MOST_SLICES]
                        ],
                        "Share": [_shares(each.counted) for each in found[:MOST_SLICES]],
                    }
                ),
                hide_index=True,
                width="stretch",
                key=f"rates of {name}",
            )


def _shares(counted: Counted) -> str:
    low, high = counted.shares
    return f"{low:.1%} to {high:.1%}"


def _classes(workspace: Workspace, probabilities: Probabilities | None) -> None:
    try:
        targets = workspace.targets()
    except LabelvizError as error:  # the policy in use needs what is not there
        message.show(error)
        return
    mass = class_mass(workspace.dataset, probabilities, targets)
    queue = chart.show_doors(_mass_finding(mass), class_mass_figure(mass), "class mass")
    if queue is not None:
        state.go("review", queue)


def _mass_finding(mass: ClassMass) -> str:
    if mass.largest_gap is None:
        largest = np.flatnonzero(mass.given == mass.given.max())
        k = int(largest[0])
        share = mass.given[k] / max(mass.given.sum(), 1)
        if len(largest) > 1:
            return f"{len(largest)} classes are the largest, each with {share:.0%} of the labels."
        return f"The largest class is “{mass.classes[k]}” with {share:.0%} of the given labels."
    k, gap = mass.largest_gap
    name, given = mass.classes[k], mass.given[k]
    if abs(gap) < 0.5:
        return "The model's probabilities add up to the labels in every class."
    return (
        f"The labels name “{name}” {given:,.0f} times, and the model's probabilities add up to "
        f"{given + gap:,.0f}, the widest gap. What is true, neither says."
    )


def _noise(workspace: Workspace, rates: ErrorRates | None) -> None:
    predicted = workspace.findings.predicted_noise()
    known = {} if predicted is None else {PREDICTED: predicted}
    if rates is not None:
        known = {DRAWN: rates.noise, **known}
    if not known:
        chart.heading("Given against predicted labels")
        notice.quiet("Not shown: there are no probabilities of a model that did not know them.")
        return
    basis = next(iter(known))
    if len(known) > 1:
        basis = st.radio("Given labels against", list(known), horizontal=True)
    noise = known[basis]
    finding = _drawn_finding(noise) if basis == DRAWN else _predicted_finding(noise)
    figure = noise_figure(noise, true=basis == DRAWN)
    queue = chart.show_doors(finding, figure, "noise")
    if workspace.dataset.n_classes > MOST_CLASSES:
        notice.quiet(
            f"The {MOST_CLASSES} classes that differ most of {workspace.dataset.n_classes}."
        )
    notice.quiet(
        "Colour: share of the row. Click a cell to review the samples with that given label that "
        "the model predicts so."
    )
    if queue is not None:
        state.go("review", queue)


def _predicted_finding(noise: NoiseMatrix) -> str:
    """What the matrix of a model says, as the model's."""
    unlike = f"{noise.errors.sum():,.0f}"
    if noise.multilabel:
        return f"The model predicts {unlike} cells otherwise than given; it may be wrong in them."
    return f"The model predicts {unlike} labels otherwise than given; it may be wrong in them."


def _drawn_finding(noise: NoiseMatrix) -> str:
    """What reviewers said of random samples, as counts."""
    if noise.worst is None:
        return "No reviewed random sample was wrong."
    row, column = noise.worst
    name, count = noise.classes[row], f"{noise.counts[row, column]:,.0f}"
    if not noise.multilabel:
        error = f"“{name}” where “{noise.classes[column]}” is true"
    elif column == GIVEN_WRONG:
        error = f"“{name}” where it is wrong"
    else:
        error = f"“{name}” left out"
    return f"Among the random samples no error is more frequent than {error}: {count} of them."


def _suspicion(workspace: Workspace, suspicion: Suspicion | None, *, busy: bool) -> None:
    if suspicion is None:
        chart.heading("How suspicious are the labels?")
        notice.quiet("Not checked yet.")
        return
    figure = suspicion_figure(suspicion_histogram(suspicion), suspicion.line.threshold)
    queue = chart.show_doors(_flagged_finding(suspicion), figure, "suspicion")
    notice.quiet(
        f"{checked.line_in_words(suspicion)} {checked.kind_of_score(suspicion)} "
        "Click a bar to review the samples in it."
    )
    checked.move_line(workspace, suspicion, busy=busy)
    st.download_button(
        "Download the flagged labels", lambda: flagged_issues(workspace), file_name="flagged.csv",
        mime="text/csv", on_click="ignore", disabled=not suspicion.flagged.any(),
        help="A CSV file for spreadsheets: id, given and suggested label, suspicion, reasons and "
        "text, the most suspicious first.",
    )  # fmt: skip
    if queue is not None:
        state.go("review", queue)


def _flagged_finding(suspicion: Suspicion) -> str:
    flagged, least = int(suspicion.flagged.sum()), f"{suspicion.line.threshold:.2f}"
    if not flagged:
        return f"No label has a suspicion of {least} or more, so none is flagged."
    if flagged == suspicion.line.at_most:
        return f"The {flagged:,} most suspicious labels are flagged, all from {least} on."
    return f"{flagged:,} labels are flagged: all with a suspicion of {least} or more."


def _data_map(workspace: Workspace) -> None:
    """How the labels were learned, where a training on them was logged."""
    learned = workspace.findings.logs.data_map
    if learned is None:
        return
    rows, regions = drawn_rows(learned), learned.regions
    total, hard = int(learned.known.sum()), int(regions["hard"].sum())
    finding = (
        f"{hard:,} of {total:,} labels were hard to learn. "
        f"{f'{len(rows):,} random samples' if len(rows) < total else 'All of them'} are drawn."
    )
    found = chart.show_map(finding, data_map_figure(workspace.dataset, learned, rows), "data map")
    with st.container(horizontal=True, gap="small"):
        for region in REGIONS:
            words = f"{queue_bar.REGION_WORDS[region]}: {int(regions[region].sum()):,}"
            if st.button(words, key=f"region {region}"):
                state.go("review", Queue(show="all", region=region))
    notice.quiet(
        "By the newest training that was logged. Wrong labels gather where they are hard to learn. "
        "Ambiguous: the third of the labels that varied most; of the others, those with a "
        f"confidence of {CONFIDENT} or more were easy to learn.",
        "Drag a box, or choose the lasso, to review the samples in it: of a lasso, all in its "
        "bounding box.",
    )
    if found is not None:
        state.go("review", found)


def _where(dataset: Dataset, suspicion: Suspicion) -> None:
    st.subheader("Where do flags clump?")
    notice.quiet(
        "Flags are no errors yet: a class that the model cannot tell has many, and one whose "
        "errors it learned has few. Small counts do not lead. Dotted: the share of all samples. "
        "Click a bar to review its samples."
    )
    found = [clumps_of_label(dataset, suspicion.flagged)]
    found += [clumps_of_slice(dataset, suspicion.flagged, name) for name in dataset.slices]
    places = st.columns(2, gap="large")
    for number, clumps in enumerate(found):
        with places[number % 2]:
            _clumps(clumps)
    if not dataset.slices:
        with places[1]:
            chart.heading("Slices")
            notice.quiet("No slice column was named when the file was loaded.")


def _clumps(clumps: Clumps) -> None:
    queue = chart.show_doors(_clumps_finding(clumps), clumps_figure(clumps), f"in {clumps.column}")
    if len(clumps.clumps) > MOST_SLICES:
        notice.quiet(f"The first {MOST_SLICES} of {len(clumps.clumps):,} values.")
    if queue is not None:
        state.go("review", queue)


def _clumps_finding(clumps: Clumps) -> str:
    worst = clumps.stands_out
    if worst is None:
        overall = clumps.flagged / max(clumps.total, 1)
        if clumps.column:
            return (
                f"No value of “{clumps.column}” is flagged much more than the {overall:.0%} of all."
            )
        return f"No given label is flagged much more than all samples: {overall:.0%}."
    elsewhere = clumps.elsewhere(worst)
    if clumps.column:
        return (
            f"“{clumps.column}” is “{worst.value}”: {worst.share:.0%} flagged, "
            f"against {elsewhere:.0%} elsewhere."
        )
    return f"Given “{worst.value}”: {worst.share:.0%} flagged, against {elsewhere:.0%} elsewhere."
