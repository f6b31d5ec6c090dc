"""What the command line, and a job, print of a request that was done."""

from __future__ import annotations

import sys
from functools import singledispatch
from typing import TYPE_CHECKING, TextIO

from labelviz.core.settings import SURE
from labelviz.core.visible import one_line
from labelviz.errors import in_words
from labelviz.requests import (
    Assign,
    BackUp,
    Calibrate,
    CheckStore,
    Compare,
    CompareTargets,
    CopyStore,
    Decide,
    Delete,
    Duplicate,
    Export,
    ExportToTrain,
    Flag,
    GiveRoles,
    LayOut,
    Load,
    LogTraining,
    LookThrough,
    MeasureAgreement,
    MeasureErrors,
    MeasureReviews,
    Migrate,
    MinePairs,
    PredictFromFile,
    ReadExperiment,
    Rename,
    Request,
    Restore,
    RunExperiment,
    SetPolicy,
    SetThresholds,
    ShowBorders,
    ShowQueue,
    ShowSimilar,
    TakeBack,
    TakeOver,
    Train,
    TryTargets,
    UseProbabilities,
)
from labelviz.requests.predict import GetProbabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labelviz.core.agreement import Agreement
    from labelviz.core.borders import Border
    from labelviz.core.decisions import Decision
    from labelviz.core.distributions import Probabilities, Provenance, Targets
    from labelviz.core.draws import Counted
    from labelviz.core.evidence import TrainingLog
    from labelviz.core.experiment import Outcome
    from labelviz.core.layout import Layout
    from labelviz.core.rates import ErrorRates
    from labelviz.core.reference import Reference
    from labelviz.core.review_effect import ReviewEffect
    from labelviz.core.roles import Roles
    from labelviz.core.target_changes import TargetChanges
    from labelviz.core.thresholds import Thresholds
    from labelviz.core.yardstick import Measure, Yardstick
    from labelviz.detectors.neighbours import Similar
    from labelviz.models.mine import Mined
    from labelviz.models.runs import Run
    from labelviz.project.workspace import Workspace
    from labelviz.requests.flag import Flagged
    from labelviz.requests.load import Loaded
    from labelviz.requests.measure import Measured
    from labelviz.requests.store import BackedUp, Dealt, Restored
    from labelviz.requests.targets import HandedOut, Looked
    from labelviz.store.check import Checked
    from labelviz.store.copy import Copied
    from labelviz.store.tenant import Tenant
    from labelviz.tables.export import Exported as Exported

PREVIEW, EXCERPT = 20, 60
MOST_REASONS = 20
MOST_COMPARED = 10  # samples that are printed of two sets of targets
LABELS = " | "
NOT_MEASURED = (
    "How many labels are wrong is not measured yet: flags say where to look.",
    "Next: review 30 random samples, labelviz queue WORKSPACE --show unreviewed --sort random",
)
UNSOUND = 2  # the exit status of a check that found something unsound


def say(*lines: str, to: TextIO | None = None) -> None:
    """Print lines; what data holds that could move a cursor or reorder a line is shown by its code.

    Parameters
    ----------
    to : the standard output where it is not said.
    """
    for line in lines:
        print(one_line(line), file=to)


@singledispatch
def tell(request: Request, done: object, project: Workspace) -> None:
    """Print what came of a request.

    Parameters
    ----------
    done : what its `run` returned.
    """
    raise TypeError(f"nothing is printed of {request.kind}")


@tell.register(Load)
def _(request: Load, done: Loaded, project: Workspace) -> None:
    report = done.report
    for line in done.guess.lines() if done.guess else ():
        say(line)
    say(
        f"{report.rows_in} rows in = {report.accepted} accepted "
        + (f"+ {report.joined} joined to them " if report.joined else "")
        + f"+ {len(report.quarantined)} quarantined + {report.blank} blank"
    )
    say(f"task: {project.dataset.task} ({report.task_reason})")
    for name, count in report.class_counts.items():
        say(f"  {count:>8}  {name}")
    if report.too_few:
        say(f"too few samples to judge: {', '.join(report.too_few)}")
    for note in report.notes:
        examples = f", e.g. {'; '.join(note.examples)}" if note.examples else ""
        say(f"note: {note.count} {note.text}{examples}")
    reasons = report.quarantine_reasons()
    for reason, rows in list(reasons.items())[:MOST_REASONS]:
        say(f"quarantined: {len(rows)} x {reason}, first on line {rows[0].line}")
    if len(reasons) > MOST_REASONS:
        say(f"and for {len(reasons) - MOST_REASONS} other reasons")
    if report.mostly_aside:
        say("WARNING: most rows were set aside. Look at the columns, above all label and id.")
    if report.quarantined:
        say(f"All quarantined rows: {project.data.quarantine}")


@tell.register(GetProbabilities)
@tell.register(Calibrate)
def _(request: Request, done: str, project: Workspace) -> None:
    _tell_probabilities(done, project)


@tell.register(PredictFromFile)
def _(request: PredictFromFile, done: str, project: Workspace) -> None:
    array = request.file.suffix.lower() == ".npy"
    _tell_probabilities(done, project, PREVIEW if array else 0)


@tell.register(Flag)
def _(request: Flag, done: Flagged, project: Workspace) -> None:
    suspicion = done.suspicion
    if done.log is not None:
        _tell_log(done.log)
    count, share = int(suspicion.flagged.sum()), suspicion.flagged.mean()
    say(
        f"{count} of {len(project.dataset)} labels are flagged ({share:.1%}); "
        f"{suspicion.sure} have a suspicion of {SURE} or more"
    )
    say(f"checked by: {', '.join(suspicion.detectors)}, on {suspicion.probabilities}")
    if request.encoder:
        say(f"embeddings: {project.findings.embeddings.made_with}")
    for name, seconds in suspicion.seconds.items():
        if name in (*suspicion.detectors, "fusion", "texts") and seconds:
            say(f"  {name:<20} {seconds:6.1f} s")
    for each in suspicion.not_checked:
        say(f"not checked: {each.detector}. {each.why}")
    for issue in suspicion.issues:
        say(f"beyond labels: {len(issue.rows)} {issue.kind}")
    _warn(project.opinions.probabilities().provenance)
    if project.findings.error_rates() is None:
        say(*NOT_MEASURED)
    if request.out is not None:
        say(f"wrote {request.out}")


@tell.register(MeasureErrors)
def _(request: MeasureErrors, done: Measured, project: Workspace) -> None:
    drawn, rates = done.drawn, done.rates
    say(f"{drawn.drawn} random samples reviewed, {drawn.wrong} of them wrong")
    if rates is None:
        say(*NOT_MEASURED)
    else:
        _tell_rates(rates)
    if done.yardstick is not None:
        _tell_yardstick(done.yardstick)


def _tell_rates(rates: ErrorRates) -> None:
    """How many labels are wrong, in all and in parts."""
    _tell_counted("all", rates.overall)
    low, high = rates.overall.left
    say(f"left: {low} to {high} of {rates.overall.waiting} that nobody reviewed")
    for name, parts in (("given label", rates.by_class), *rates.by_slice.items()):
        say(f"by {name}:" if parts else f"by {name}: too few random samples")
        for each in parts:
            _tell_counted(each.of, each.counted)


def _tell_yardstick(found: Yardstick) -> None:
    """What flags and detectors are worth."""
    say(f"known labels: {found.known}, {found.wrong} of them wrong, {found.flagged} flagged")
    for name, each in (("precision of flags", found.precision), ("recall of flags", found.recall)):
        _tell_measure(name, each)
    for name, each in found.order.items():
        _tell_measure(f"average precision of {name}", each)


def _tell_measure(name: str, found: Measure) -> None:
    if found.value == found.value:  # it is a number
        say(f"  {found.value:.3f}  {found.low:.3f} to {found.high:.3f}  {name}")


@tell.register(UseProbabilities)
def _(request: UseProbabilities, done: str, project: Workspace) -> None:
    _tell_probabilities(done, project)


@tell.register(ShowQueue)
def _(request: ShowQueue, done: Sequence[str], project: Workspace) -> None:
    for sample in done:
        _tell_sample(project, project.dataset.rows[sample])
    if not done:
        say("no sample waits in this queue")


@tell.register(ShowSimilar)
def _(request: ShowSimilar, done: Similar, project: Workspace) -> None:
    for words, found in (("the same label", done.same), ("another label", done.other)):
        say(f"with {words}:" if found else f"with {words}: none")
        for row, likeness in found:
            _tell_sample(project, row, f"{likeness:.2f} alike")


@tell.register(Decide)
def _(request: Decide, done: Sequence[Decision], project: Workspace) -> None:
    if not done:
        say("nothing was saved: none of these samples fits the verdict")
        return
    say(f"decisions saved as {done[0].reviewer}, for one undo to take back: {len(done)}")
    idle = sum(not project.review.counts(each) for each in done)
    if idle:
        say(f"of these do not count, since their samples were settled for everybody: {idle}")


@tell.register(TakeBack)
def _(request: TakeBack, done: tuple[str, ...], project: Workspace) -> None:
    if not done:
        say("nothing to redo" if request.redo else "nothing to undo")
    else:
        say(f"{'redone' if request.redo else 'undone'}: {in_words(done)}")


@tell.register(SetPolicy)
def _(request: SetPolicy, done: Targets, project: Workspace) -> None:
    from labelviz.layers.cautions import nothing_new

    counts = {source: int((done.source == source).sum()) for source in dict.fromkeys(done.source)}
    say(f"policy: {done.policy}")
    for source, count in counts.items():
        say(f"  {count:>8}  {source}")
    if new := nothing_new(project.goals.making()):
        say(new)
    if request.keep:
        kept = project.sets.kept[request.keep][-1]
        say(f"kept as {kept.name}, version {kept.version}")


@tell.register(LookThrough)
def _(request: LookThrough, done: Looked, project: Workspace) -> None:
    say(done.words, *done.cautions)


@tell.register(CompareTargets)
def _(request: CompareTargets, done: TargetChanges, project: Workspace) -> None:
    from labelviz.charts.samples import largest

    changed = int(done.changed.sum())
    say(
        f"{changed:,} of {len(done.changed):,} targets differ, on average by "
        f"{float(done.distance.mean()):.3f}; {int(done.reweighed.sum()):,} weights"
    )
    say(f"{int(done.turned.sum()):,} stand for another label")
    for row in done.farthest(MOST_COMPARED).tolist():
        said = " -> ".join(
            f"{largest(each.classes, each.values[row])}, weight {each.weight[row]:.2f}"
            for each in (done.first, done.second)
        )
        say(f"  {done.first.ids[row]}  {said}")
    if request.out:
        say(f"wrote {request.out}")


@tell.register(SetThresholds)
def _(request: SetThresholds, done: Thresholds | None, project: Workspace) -> None:
    if done is None:
        values = project.goals.cuts.in_use
        shares = [0.5] * len(project.dataset.classes) if values is None else values.tolist()
        say(*(f"{v:9.3f}  {name}" for v, name in zip(shares, project.dataset.classes, strict=True)))
        return
    say("threshold  positives  F1 on the other half  F1 at one half")
    rows = zip(done.classes, done.values, done.positives, done.judged, done.at_half, strict=True)
    for name, value, count, judged, half in rows:
        shown = done.overall if request.one else value
        say(f"{shown:9.3f}  {count:9,}  {judged:20.3f}  {half:14.3f}  {name}")


@tell.register(Export)
def _(request: Export, done: Exported, project: Workspace) -> None:
    say(f"wrote {done.path} ({done.record['rows']} rows) and {done.manifest.name}")


@tell.register(ExportToTrain)
def _(request: ExportToTrain, done: HandedOut, project: Workspace) -> None:
    exported = done.exported
    say(f"wrote {exported.path} ({exported.record['rows']} rows) and {exported.manifest.name}")
    say(f"wrote {done.folder}, which trains on them: see its README.md")


@tell.register(MinePairs)
def _(request: MinePairs, done: Mined, project: Workspace) -> None:
    count = f"{len(done.left):,} of {done.candidates:,}"
    say(f"wrote {request.file}: {count} near pairs without a label")


@tell.register(ShowBorders)
def _(request: ShowBorders, done: Sequence[Border], project: Workspace) -> None:
    if not done:
        say("no sample lies on a border: the model is decided about all of them")
        return
    several = project.dataset.multilabel
    heads = ("given", "not given", "no label") if several else ("first", "second", "neither")
    say("  ".join(("samples", *heads, "flagged")))
    for each in done:
        names = each.first if several else f"“{each.first}” | “{each.second}”"
        parts = (each.with_first, each.with_second, each.elsewhere)
        columns = [f"{n:{len(head)},}" for n, head in zip(parts, heads, strict=True)]
        say("  ".join((f"{each.near:7,}", *columns, f"{each.flagged:7,}", names)))


@tell.register(LayOut)
def _(request: LayOut, done: Layout, project: Workspace) -> None:
    say(f"laid out {len(done.x):,} samples, like beside like, by {done.source}")
    if request.out is not None:
        say(f"wrote {request.out}")


@tell.register(Rename)
def _(request: Rename, done: str, project: Workspace) -> None:
    say(f"{request.run_name or project.name} is called {done} now")


@tell.register(Duplicate)
def _(request: Duplicate, done: str, project: Workspace) -> None:
    say(f"{done} is a copy of {request.run_name or project.name}")


@tell.register(Delete)
def _(request: Delete, done: str, project: Workspace) -> None:
    say(f"{done} is deleted")


@tell.register(Train)
def _(request: Train, done: Run, project: Workspace) -> None:
    say(f"wrote {done.path}, best at step {done.best_step}")
    if "warning" in done.record:
        say(done.record["warning"])
    say(done.record["precision_why"])
    shown = ("step", "epoch", "train_loss", "validation_nll", "validation_accuracy")
    say("  ".join(f"{name:>19}" for name in shown))
    for row in done.rows:
        cells = ("" if row[name] is None else f"{row[name]:.4g}" for name in shown)
        say("  ".join(f"{cell:>19}" for cell in cells))


@tell.register(LogTraining)
def _(request: LogTraining, done: TrainingLog, project: Workspace) -> None:
    _tell_log(done)


@tell.register(Compare)
@tell.register(RunExperiment)
@tell.register(TryTargets)
@tell.register(ReadExperiment)
def _(
    request: Compare | RunExperiment | TryTargets | ReadExperiment,
    done: Outcome,
    project: Workspace,
) -> None:
    from labelviz.core.memorisation import memory_in_words
    from labelviz.core.outcome_card import recommendation

    for line in (*done.verdict(), *memory_in_words(done.curves), "", recommendation(done)):
        say(line)
    _tell_reference(done.reference)
    if done.planned > 1:
        say(f"seeds done with every set: {done.seeds} of {done.planned}")
    width = max(12, *(len(arm.name) for arm in done.arms))
    say("  ".join([f"{'':{width}}", *(f"{each.name:>16}" for each in done.arms[0].metrics[0])]))
    for arm in done.arms:
        shown = (f"{arm.in_words(place):>16}" for place in range(len(arm.metrics[0])))
        say("  ".join([f"{arm.name:{width}}", *shown]))
    say("")
    say(f"{'calibration':{width}}  {'':18}  {'NLL':>16}  {'ECE':>16}")
    for arm in done.arms:
        for each in arm.calibration:
            nll, ece = each.in_words
            say(f"{arm.name:{width}}  {each.form:18}  {nll:>16}  {ece:>16}")


def _tell_reference(reference: Reference) -> None:
    say(f"{len(reference)} test samples against {reference.kind} labels")
    for line in reference.gaps():
        say(line)
    if reference.left_out:
        say("left out, because a training sample says the same or shares a record: "
            f"{reference.left_out}")  # fmt: skip
    if reference.sharing:
        say(f"{reference.sharing} of them share a record with a training sample, and were not left "
            "out, since too few would remain: on new records all models may be worse.")  # fmt: skip
    if reference.kind == "given":
        say("The given labels are the reference, errors included: who repeats them looks better.")
    if reference.drawn:
        say(f"{reference.drawn} of the reviewed samples were drawn at random; each sample counts "
            "for as many test samples as it stands for.")  # fmt: skip
    elif reference.kind == "reviewed":
        say("What was reviewed is the reference: if people looked where labels were suspicious, "
            "these samples are harder than the others. 30 random ones would tell.")  # fmt: skip


@tell.register(MeasureReviews)
def _(request: MeasureReviews, done: ReviewEffect, project: Workspace) -> None:
    from labelviz.core.review_effect_words import (
        DID,
        did_it_change,
        parts_table,
        told_table,
        what_is_doubtful,
        where_it_paid,
    )

    say(*did_it_change(done))
    _tell_table(told_table(done.told))
    say("", *where_it_paid(done))
    _tell_table(parts_table(done.by_action, "reviewers", DID))
    _tell_table(parts_table(done.by_class, "class"))
    for column, parts in done.by_slice.items():
        _tell_table(parts_table(parts, column))
    _tell_reference(done.reference)
    say("", *what_is_doubtful(done))


def _tell_table(columns: Mapping[str, Sequence[str]]) -> None:
    """A table of texts, as wide as its cells; nothing of one without rows."""
    rows = list(zip(*columns.values(), strict=True))
    if not rows:
        return
    table = [tuple(columns), *rows]
    widths = [max(len(one_line(cell)) for cell in column) for column in zip(*table, strict=True)]
    say("")
    for row in table:
        cells = zip(row, widths, strict=True)
        say("  ".join(f"{one_line(cell):{width}}" for cell, width in cells).rstrip())


@tell.register(MeasureAgreement)
def _(request: MeasureAgreement, done: Agreement, project: Workspace) -> None:
    if not done.shared:
        say("No sample has answers by two people yet.")
        return
    say(f"{done.shared} answers by two or more people, Krippendorff's alpha {done.alpha:.3f}")
    for pair in done.pairs:
        say(f"  {pair.first} and {pair.second}: {pair.shared} answers, kappa {pair.kappa:.3f}")


@tell.register(CheckStore)
def _(request: CheckStore, done: Sequence[Checked], project: Workspace) -> None:
    for finding in done:
        say(f"{'sound' if finding.sound else 'NOT SOUND':10} {finding.about}: {finding.words}")
    if not all(finding.sound for finding in done):
        say("Next: labelviz store restore WORKSPACE", to=sys.stderr)
        raise SystemExit(UNSOUND)


@tell.register(BackUp)
def _(request: BackUp, done: BackedUp, project: Workspace) -> None:
    if done.made is not None:
        say(f"verified {done.made.path}")
    for each in done.every:
        say(f"{each.made:%Y-%m-%d %H:%M:%S} UTC  {each.sequence:>9} decisions  {each.path.name}")


@tell.register(Restore)
def _(request: Restore, done: Restored, project: Workspace) -> None:
    say(f"restored {done.backup.name} and {done.later} later decisions from the journal")
    if done.old is not None:
        say(f"what was there before: {done.old}")


@tell.register(Migrate)
def _(request: Migrate, done: Sequence[tuple[int, str]], project: Workspace) -> None:
    from labelviz.store.schema import REVISION

    say(f"schema {REVISION}, {len(done)} old rows set aside")
    for sequence, reason in done:
        say(f"  {sequence}: {reason}")


@tell.register(CopyStore)
def _(request: CopyStore, done: Sequence[Copied], project: Workspace) -> None:
    say(f"{'table':12}{'rows':>10}  content, equal on both sides")
    for each in done:
        say(f"{each.table:12}{each.count:>10}  {each.content}")
    say(f'Next: write url = "{request.url}" under [store] in {project.folder.settings}')


@tell.register(TakeOver)
def _(request: TakeOver, done: Tenant | None, project: Workspace) -> None:
    whose = "nobody's" if done is None else f"{done.name}'s"
    say(f"the decisions of {project.name} are in its database now; it was {whose}")


@tell.register(Assign)
def _(request: Assign, done: Dealt, project: Workspace) -> None:
    each = f"{request.overlap} {'person' if request.overlap == 1 else 'people'} per sample"
    say(f"{each}; {done.samples} samples dealt" if done.shares else f"{each}, anybody")
    for name, count in done.shares.items():
        say(f"  {count:>8}  {name}")


@tell.register(GiveRoles)
def _(request: GiveRoles, done: Roles, project: Workspace) -> None:
    if not done.are_given:
        say("nobody has a role: everybody may do everything")
        return
    for name, part in done.people.items():
        own = ", settles also what they decided on" if part.settles_own else ""
        say(f"  {part.role:12}  {name}{own}")
    say(f"  {done.others:12}  everybody else")


def _tell_counted(name: str, found: Counted) -> None:
    """One line on how many labels are wrong among some samples."""
    low, high = found.shares
    say(
        f"  {found.low:>8} to {found.high:<8} of {found.total:<8} {low:6.1%} to {high:6.1%}  "
        f"{found.wrong} of {found.drawn} drawn  {name}"
    )


def _tell_sample(project: Workspace, row: int, more: str = "") -> None:
    """One line on a sample: id, status, suspicion, labels, and the beginning of its texts."""
    dataset, suspicion = project.dataset, project.suspicion
    labels = LABELS.join(dataset.label_names(dataset.given, row))
    parts = [str(dataset.ids[row]), project.review.status(row), more]
    if suspicion is not None:
        parts.append(f"suspicion {suspicion.score[row]:.2f}")
        suggested = LABELS.join(dataset.label_names(suspicion.suggested, row))
        labels = labels if suggested == labels else f"{labels} -> {suggested}"
    parts += [labels, *(side[row][:EXCERPT] for side in dataset.texts)]
    say("  ".join(" ".join(part.split()) for part in parts if part))


def _tell_probabilities(name: str, project: Workspace, preview: int = 0) -> None:
    found = project.opinions.probabilities(name)
    origin = found.provenance
    kind = f"stated {origin.relation}" if origin.stated else origin.relation
    say(f"{name}: {kind} probabilities from {origin.source}")
    for note in origin.notes:
        say(f"  {note}")
    if preview:
        _preview(found, preview)
    _warn(origin)


def _preview(found: Probabilities, count: int) -> None:
    say("  the first samples and their top class in this order of classes:")
    for sample, row in list(zip(found.ids, found.values, strict=True))[:count]:
        say(f"    {sample!r}  {found.classes[int(row.argmax())]!r}")


def _tell_log(log: TrainingLog) -> None:
    """How much of the dataset a training log covers."""
    count, samples = int(log.logged.sum()), len(log.logged)
    say(f"training log: {len(log.logits)} checkpoints of {count} of {samples} samples")
    say(f"  from {log.source}")


def _warn(provenance: Provenance) -> None:
    """Say what weakens these probabilities, if anything is known to, and what would not be weak."""
    if provenance.relation == "in-sample":
        say("The model was trained on these samples: it repeats their errors, it cannot find them.")
    elif provenance.alarm is not None:
        say(provenance.alarm.sentence)
    if provenance.in_doubt:
        say("Next: labelviz predict WORKSPACE --cross-validate")
