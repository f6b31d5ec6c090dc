"""The command line: the same steps as the web page, in the same words."""

from __future__ import annotations

import csv
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelviz.core.settings import (
    FINE_TUNING,
    FOLDS,
    FOLDS_TO_FINE_TUNE,
    MOST_TOKENS,
    SEED,
    TRAINING,
    FoldTraining,
    ModelUse,
    PrecisionChoice,
    TrainSettings,
)
from labelviz.core.visible import visible
from labelviz.errors import ChoiceNeeded, FileRefused, LabelvizError

if TYPE_CHECKING:
    from labelviz.core.dataset import Dataset
    from labelviz.core.distributions import Provenance
    from labelviz.core.evidence import TrainingLog
    from labelviz.core.progress import Report
    from labelviz.core.suspicion import Suspicion
    from labelviz.tables.columns import Columns
    from labelviz.tables.table import Table
    from labelviz.workspace import Workspace

app = typer.Typer(
    help="Find wrong LLM labels, set soft targets, retrain, and prove whether it helped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
store = typer.Typer(
    help="Look after the decisions: check, back up, restore, migrate, copy, assign.",
    no_args_is_help=True,
)
app.add_typer(store, name="store")
FAILED = 2
NAMED = {"\\t": "\t", "tab": "\t"}
"""Delimiters that a shell does not take as they are, by the words for them."""
PREVIEW = 20
QUIET_WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Threads that wait for others sleep instead of spinning: twice as fast on a busy machine."""

WorkspacePath = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The project's folder.")]
Column = Annotated[str, typer.Option(metavar="COL")]
Precise = Annotated[
    PrecisionChoice,
    typer.Option(
        help="Of matrix products. auto: bfloat16 where the hardware multiplies it and the model "
        "says the same, unless LABELVIZ_PRECISION says what."
    ),
]
LongestUsed = Annotated[
    int | None,
    typer.Option(
        min=8,
        show_default=False,
        help="Longer samples are cut. Where not given: as the model was trained, or at its own "
        f"limit, at most {MOST_TOKENS}; to fine-tune, {FINE_TUNING.max_tokens}.",
    ),
]
FrozenShare = Annotated[
    float, typer.Option(min=0, max=0.99, help="Share of the lowest layers left untrained.")
]


def main() -> None:
    """Run the command line; what a person can put right is said without a traceback."""
    for name, value in QUIET_WAITING.items():
        os.environ.setdefault(name, value)
    try:
        app()
    except LabelvizError as error:
        print(f"labelviz: {error}", file=sys.stderr)
        if isinstance(error, ChoiceNeeded):
            _print_ways(error)
        sys.exit(FAILED)


@app.command()
def load(
    workspace: WorkspacePath,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON Lines, Parquet, Excel.")],
    text: Annotated[
        str, typer.Option(metavar="COL", help="Column of the text; guessed where not given.")
    ] = "",
    label: Annotated[
        str, typer.Option(metavar="COL", help="The label to audit; guessed where not given.")
    ] = "",
    text_b: Annotated[str, typer.Option(metavar="COL", help="Second text of a pair.")] = "",
    task: Annotated[str, typer.Option(help="binary, multiclass or multilabel.")] = "",
    id: Annotated[str, typer.Option(metavar="COL", help="Sample ids.")] = "",  # noqa: A002
    class_: Annotated[
        list[str] | None, typer.Option("--class", help="Class names, in order.")
    ] = None,
    annotator: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Labels by another annotator.")
    ] = None,
    confidence: Annotated[
        str, typer.Option(metavar="COL", help="Stated confidence of the label.")
    ] = "",
    group: Annotated[
        str, typer.Option(metavar="COL", help="Samples that never span two folds.")
    ] = "",
    slice_: Annotated[
        list[str] | None, typer.Option("--slice", metavar="COL", help="Where to look for clumps.")
    ] = None,
    split: Annotated[str, typer.Option(metavar="COL", help="train, validation or test.")] = "",
    one_hot: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="A column of 0 and 1 for a class.")
    ] = None,
    soft: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="A column of a soft label; or one column of lists."),
    ] = None,
    votes: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="A column that counts votes.")
    ] = None,
    voters: Annotated[str, typer.Option(metavar="COL", help="How many people voted.")] = "",
    weight: Annotated[str, typer.Option(metavar="COL", help="Loss weight; 0 leaves out.")] = "",
    probability: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="A column of probabilities.")
    ] = None,
    as_: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="CELL=CLASS", help="How a spelling is to be read."),
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option(metavar="CELL", help="A spelling that means no label.")
    ] = None,
    none: Annotated[
        list[str] | None, typer.Option(metavar="CELL", help="A multi-label cell without classes.")
    ] = None,
    separator: Annotated[str, typer.Option(help="Between the names of a multi-label cell.")] = "",
    exact_ids: Annotated[
        bool, typer.Option("--exact-ids", help="Take ids that look altered as they stand.")
    ] = False,
    encoding: Annotated[str, typer.Option(help="utf-8, gb18030, cp1252, ...")] = "",
    delimiter: Annotated[str, typer.Option(help="Between fields; tab is a word.")] = "",
    quote: Annotated[str, typer.Option(help="Around fields, or none.")] = "",
    escape: Annotated[str, typer.Option(help="Inner quotes: double or backslash.")] = "",
    newline: Annotated[str, typer.Option(help="A lone CR: cr ends rows, lf is text.")] = "",
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether row 1 names columns.")
    ] = None,
    names: Annotated[str, typer.Option(help="rename: number names that repeat.")] = "",
    comment: Annotated[str, typer.Option(help="How comment lines start, or none.")] = "",
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook.")] = "",
    skip_line: Annotated[list[int] | None, typer.Option(help="A line to set aside.")] = None,
    replace: Annotated[bool, typer.Option(help="Replace another dataset.")] = False,
) -> None:
    """Load a file of labelled texts into a workspace; what is not said is guessed, or asked."""
    from labelviz.tables.columns import Columns
    from labelviz.tables.options import ReadOptions
    from labelviz.tables.read import read_table
    from labelviz.workspace import Workspace

    columns = Columns(
        text=text, text_b=text_b, label=label, id=id, task=task, classes=tuple(class_ or ()),
        annotators=tuple(annotator or ()), confidence=confidence, group=group,
        slices=tuple(slice_ or ()), split=split, one_hot=tuple(one_hot or ()),
        soft=tuple(soft or ()), votes=tuple(votes or ()), voters=voters,
        weight=weight,
        probabilities=tuple(probability or ()), spellings=_spellings(as_ or ()),
        missing=tuple(missing or ()), none=tuple(none or ()), separator=separator,
        exact_ids=exact_ids,
    )  # fmt: skip
    options = ReadOptions(
        encoding=encoding, delimiter=NAMED.get(delimiter, delimiter), quote=quote, escape=escape,
        newline=newline, header={True: "yes", False: "no", None: ""}[header], names=names,
        comment=comment, sheet=sheet, skip=tuple(skip_line or ()),
    )  # fmt: skip
    table = None
    if not text or not (label or one_hot or soft):
        table = read_table(file, options)
        columns = _proposed(table, columns, workspace)
    fresh = not (workspace / "workspace.json").exists()
    space = Workspace.create(workspace)
    try:
        report = space.load(file, columns, options, replace=replace, table=table)
    except LabelvizError:
        if fresh:
            space.discard_if_empty()
        raise
    print(
        f"{report.rows_in} rows in = {report.accepted} accepted "
        f"+ {len(report.quarantined)} quarantined + {report.blank} blank"
    )
    print(f"task: {space.dataset.task} ({report.task_reason})")
    for name, count in report.class_counts.items():
        print(f"  {count:>8}  {name}")
    if report.too_few:
        print(f"too few samples to judge: {', '.join(report.too_few)}")
    for note in report.notes:
        examples = f", e.g. {'; '.join(note.examples)}" if note.examples else ""
        print(f"note: {note.count} {note.text}{examples}")
    for reason, rows in report.quarantine_reasons().items():
        print(f"quarantined: {len(rows)} x {reason}, first on line {rows[0].line}")
    print(f"All quarantined rows: {space.quarantine}") if report.quarantined else None


@app.command()
def predict(
    workspace: WorkspacePath,
    model: Annotated[
        str,
        typer.Option(metavar="DIR_OR_HUB_ID", help="A classifier; an encoder to cross-validate."),
    ] = "",
    cross_validate: Annotated[
        bool,
        typer.Option("--cross-validate", help="Out-of-fold: TF-IDF, or the encoder's embeddings."),
    ] = False,
    fine_tune: Annotated[
        bool,
        typer.Option("--fine-tune", help="Cross-validate by training the model on each fold."),
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option(min=2, help=f"How many folds; {FOLDS}, or {FOLDS_TO_FINE_TUNE} to fine-tune."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of folds and fine-tuning.")] = SEED,
    epochs: Annotated[float, typer.Option(min=0.01, help="Of fine-tuning.")] = FINE_TUNING.epochs,
    learning_rate: Annotated[
        float, typer.Option(min=0, help="Of fine-tuning.")
    ] = FINE_TUNING.learning_rate,
    max_tokens: LongestUsed = None,
    precision: Precise = "auto",
    frozen: FrozenShare = FINE_TUNING.frozen,
    keep_models: Annotated[
        bool, typer.Option("--keep-models", help="Keep the models of the folds.")
    ] = False,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="CSV or Parquet with id and one column per class, or npy.",
        ),
    ] = None,
    scores: Annotated[
        str, typer.Option(help="What the numbers are: probabilities, percent, softmax or log.")
    ] = "probabilities",
    rescale: Annotated[
        bool, typer.Option("--rescale", help="Scale rows that miss 1 by up to 0.05.")
    ] = False,
    classes: Annotated[str, typer.Option(metavar="A,B,C", help="Columns of an npy file.")] = "",
    ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV whose id column names npy rows.")
    ] = None,
    rows_in_order: Annotated[
        bool, typer.Option("--rows-in-order", help="Rows of an npy file are in the data's order.")
    ] = False,
    leave_out_extra: Annotated[
        bool, typer.Option("--leave-out-extra", help="Pass over rows that belong to no sample.")
    ] = False,
    fill_classes: Annotated[
        bool, typer.Option("--fill-classes", help="A class without a column gets 0.")
    ] = False,
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Calibrate them by a temperature; alone, those in use."),
    ] = False,
) -> None:
    """Get probabilities: from a model, by cross-validation, or from a file."""
    from labelviz.core.settings import SCORE_KINDS

    ways = sum([bool(model) and not cross_validate, cross_validate, from_ is not None])
    if ways != 1 and not (ways == 0 and calibrate):
        raise typer.BadParameter("give one of --model, --cross-validate or --from")
    if fine_tune and not (cross_validate and model):
        raise typer.BadParameter("--fine-tune needs --cross-validate and --model")
    kind = next((each for each in SCORE_KINDS if each == scores), None)
    if kind is None:
        raise typer.BadParameter(f"--scores is one of {', '.join(SCORE_KINDS)}")
    space, use = _open(workspace), ModelUse(precision, max_tokens)
    if from_ is not None:
        from labelviz.tables.options import Reading

        names = tuple(name.strip() for name in classes.split(",")) if classes else ()
        agreed = Reading(kind, rescale, names, ids, rows_in_order, leave_out_extra, fill_classes)
        name = space.predict_from_file(from_, agreed)
    elif fine_tune:
        from dataclasses import replace

        settings = replace(
            FINE_TUNING, epochs=epochs, seed=seed, learning_rate=learning_rate, frozen=frozen,
            max_tokens=max_tokens or FINE_TUNING.max_tokens, precision=precision,
        )  # fmt: skip
        how = FoldTraining(folds or FOLDS_TO_FINE_TUNE, settings, keep_models)
        name = space.fine_tune_folds(model, how, report=_progress())
    elif cross_validate:
        name = space.cross_validate(model or None, folds or FOLDS, seed, _progress(), use)
    elif model:
        name = space.predict(model, _progress(), use)
    else:
        name = ""
    if calibrate:
        name = space.calibrate(name or None)
    found = space.probabilities(name)
    print(f"{name}: {found.provenance.relation} probabilities from {found.provenance.source}")
    for note in found.provenance.notes:
        print(f"  {note}")
    if from_ is not None and from_.suffix.lower() == ".npy":
        print("  the first samples and their top class in this order of classes:")
        for sample, row in list(zip(found.ids, found.values, strict=True))[:PREVIEW]:
            print(f"    {sample!r}  {found.classes[int(row.argmax())]!r}")
    _warn(found.provenance)


@app.command()
def flag(
    workspace: WorkspacePath,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all samples as CSV.")
    ] = None,
    detector: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Run this one; all where not given.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(metavar="DIR_OR_HUB_ID", help="Embeds texts for neighbours.")
    ] = None,
    training_log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Logits of a training elsewhere on these labels."),
    ] = None,
    precision: Precise = "auto",
    max_tokens: LongestUsed = None,
) -> None:
    """Flag labels that are likely wrong."""
    space = _open(workspace)
    if training_log is not None:
        _say_log(space.read_training_log(training_log))
    use = ModelUse(precision, max_tokens)
    suspicion = space.flag(detector or (), encoder, _progress(), use)
    count = int(suspicion.flagged.sum())
    share = count / len(space.dataset)
    print(f"{count} of {len(space.dataset)} labels are likely wrong ({share:.1%})")
    print(f"checked by: {', '.join(suspicion.detectors)}, on {suspicion.probabilities}")
    if encoder is not None:
        print(f"embeddings: {space.embedded_by}")
    for name, seconds in suspicion.seconds.items():
        if name in (*suspicion.detectors, "fusion", "texts") and seconds:
            print(f"  {name:<20} {seconds:6.1f} s")
    for each in suspicion.not_checked:
        print(f"not checked: {each.detector}. {each.why}")
    for issue in suspicion.issues:
        print(f"beyond labels: {len(issue.rows)} {issue.kind}")
    _warn(space.probabilities().provenance)
    if out is not None:
        _write_issues(out, space.dataset, suspicion)
        print(f"wrote {out}")


@app.command()
def targets(
    workspace: WorkspacePath,
    policy: Annotated[str, typer.Option(help="hard, smooth:off=0.1, dynamic:max=0.2 or given.")],
    pool: Annotated[
        bool | None,
        typer.Option("--pool/--no-pool", help="Disputed samples get the mean of all answers."),
    ] = None,
) -> None:
    """Choose the policy that turns labels into training targets."""
    space = _open(workspace)
    made = space.set_policy(policy, pool)
    counts = {source: int((made.source == source).sum()) for source in dict.fromkeys(made.source)}
    print(f"policy: {made.policy}")
    for source, count in counts.items():
        print(f"  {count:>8}  {source}")


@app.command()
def export(
    workspace: WorkspacePath,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A new file.")],
) -> None:
    """Export every original column with its target, and manifest.json beside it."""
    done = _open(workspace).export(file)
    print(f"wrote {done.path} ({done.record['rows']} rows) and {done.manifest.name}")


@app.command()
def train(
    workspace: WorkspacePath,
    model: Annotated[str, typer.Option(metavar="DIR_OR_HUB_ID", help="Classifier or encoder.")],
    out: Annotated[str, typer.Option(metavar="RUN", help="Name of the run.")],
    targets: Annotated[
        str, typer.Option(help="hard, or current (policy and decisions).")
    ] = "current",
    epochs: Annotated[float, typer.Option(min=0.01)] = TRAINING.epochs,
    seed: Annotated[int, typer.Option()] = TRAINING.seed,
    learning_rate: Annotated[float, typer.Option(min=0)] = TRAINING.learning_rate,
    batch_size: Annotated[int, typer.Option(min=1)] = TRAINING.batch_size,
    accumulation: Annotated[
        int, typer.Option(min=1, help="Micro-batches per step.")
    ] = TRAINING.accumulation,
    max_tokens: Annotated[
        int, typer.Option(min=8, help="Longer samples are cut, and when the model is used too.")
    ] = TRAINING.max_tokens,
    precision: Precise = TRAINING.precision,
    frozen: FrozenShare = TRAINING.frozen,
    evaluations_per_epoch: Annotated[int, typer.Option(min=1)] = TRAINING.evaluations_per_epoch,
    patience: Annotated[
        int, typer.Option(min=1, help="Evaluations without improvement.")
    ] = TRAINING.patience,
    threshold_class: Annotated[
        bool,
        typer.Option(
            "--threshold-class",
            help="Log two trainings with some samples in a fake class, for flag; keeps no model.",
        ),
    ] = False,
) -> None:
    """Fine-tune a model on the targets; the same command resumes an interrupted run."""
    if targets not in ("hard", "current"):
        raise typer.BadParameter("--targets is hard or current")
    settings = TrainSettings(
        epochs=epochs, seed=seed, learning_rate=learning_rate, batch_size=batch_size,
        accumulation=accumulation, max_tokens=max_tokens, frozen=frozen, patience=patience,
        evaluations_per_epoch=evaluations_per_epoch, precision=precision,
    )  # fmt: skip
    space = _open(workspace)
    if threshold_class:
        _say_log(space.log_with_threshold(model, out, settings, _progress()))
        return
    run = space.train(model, out, settings, targets, _progress())
    print(f"wrote {run.path}, best at step {run.best_step}")
    print(run.record["precision_why"])
    shown = ("step", "epoch", "train_loss", "validation_nll", "validation_accuracy")
    print("  ".join(f"{name:>19}" for name in shown))
    for row in run.rows:
        cells = ("" if row[name] is None else f"{row[name]:.4g}" for name in shown)
        print("  ".join(f"{cell:>19}" for cell in cells))


@app.command()
def compare(
    workspace: WorkspacePath,
    run_a: Annotated[str, typer.Argument(metavar="RUN_A")],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B")],
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV with id and label, trusted.")
    ] = None,
) -> None:
    """Compare two runs on the test split."""
    result = _open(workspace).compare(run_a, run_b, truth)
    print(f"{result.samples} test samples against {result.reference} labels")
    width = max(12, *map(len, result.runs))
    print(f"{'':16}{run_a:>{width}}  {run_b:>{width}}  {'better':>{width}}")
    for first, second in zip(*result.metrics, strict=True):
        print(
            f"{first.name:16}{first.value:>{width}.4f}  {second.value:>{width}.4f}"
            f"  {result.better(first, second) or 'equal':>{width}}"
        )


@app.command()
def agreement(workspace: WorkspacePath) -> None:
    """Say how far the reviewers agree beyond chance."""
    found = _open(workspace).agreement()
    print(f"{found.shared} answers by two or more people, Krippendorff's alpha {found.alpha:.3f}")
    for pair in found.pairs:
        print(f"  {pair.first} and {pair.second}: {pair.shared} answers, kappa {pair.kappa:.3f}")


@app.command()
def serve(
    workspace: Annotated[
        Path | None, typer.Argument(metavar="WORKSPACE", help="Opens on this project.")
    ] = None,
) -> None:
    """Open the web page."""
    page = Path(__file__).resolve().parent.parent / "app.py"
    if not page.is_file():
        raise FileRefused(
            "The web page's app.py is not beside the installed package.",
            where=str(page),
            remedy="Run labelviz from a checkout: make app.",
        )
    opened = [str(_open(workspace).path)] if workspace else []
    os.chdir(page.parent)
    if os.environ.get("LABELVIZ_IDENTITY_HEADER"):
        os.environ["FORWARDED_ALLOW_IPS"] = ""  # see labelviz.ui.identity
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--", *opened]
    os.execv(sys.executable, command)  # noqa: S606 - replaces this process by the server


@store.command("check")
def store_check(workspace: WorkspacePath) -> None:
    """Check the database, the decisions in it, the journal and the backups."""
    from labelviz.store.check import check

    findings = check(_open(workspace).store)
    for finding in findings:
        print(f"{'sound' if finding.sound else 'NOT SOUND':10} {finding.about}: {finding.words}")
    if not all(finding.sound for finding in findings):
        print("Next: labelviz store restore WORKSPACE", file=sys.stderr)
        raise typer.Exit(FAILED)


@store.command("backup")
def store_backup(
    workspace: WorkspacePath,
    only_list: Annotated[bool, typer.Option("--list", help="List the backups.")] = False,
) -> None:
    """Make a backup now and verify it."""
    from labelviz.store.backup import back_up, backups

    decisions = _open(workspace).store
    if not only_list:
        decisions.events(after=sys.maxsize)
        print(f"verified {back_up(decisions.database, decisions.folder).path}")
    for each in backups(decisions.folder):
        print(f"{each.made:%Y-%m-%d %H:%M:%S} UTC  {each.sequence:>9} decisions  {each.path.name}")


@store.command("restore")
def store_restore(
    workspace: WorkspacePath,
    backup: Annotated[
        Path | None, typer.Argument(metavar="BACKUP", help="A file; the newest by default.")
    ] = None,
) -> None:
    """Bring back a backup and, from the journal, what was decided after it."""
    from labelviz.store.commands import restore

    chosen, later, old = restore(_open(workspace).store, backup)
    print(f"restored {chosen.name} and {later} later decisions from the journal")
    if old is not None:
        print(f"what was there before: {old}")


@store.command("migrate")
def store_migrate(workspace: WorkspacePath) -> None:
    """Bring an older store up to date, after a verified backup."""
    from labelviz.store.schema import REVISION

    decisions = _open(workspace).store
    decisions.hold()
    aside = decisions.set_aside()
    decisions.close()
    print(f"schema {REVISION}, {len(aside)} old rows set aside")
    for sequence, reason in aside:
        print(f"  {sequence}: {reason}")


@store.command("copy")
def store_copy(
    workspace: WorkspacePath,
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://USER@HOST/DATABASE")],
) -> None:
    """Copy everything to an empty database and compare counts and content."""
    from labelviz.store.commands import copy

    decisions = _open(workspace).store
    decisions.hold()
    print(f"{'table':12}{'rows':>10}  content, equal on both sides")
    for each in copy(decisions.database, url):
        print(f"{each.table:12}{each.count:>10}  {each.content}")
    decisions.close()
    print(f'Next: write url = "{url}" under [store] in {workspace / "labelviz.toml"}')


@store.command("assign")
def store_assign(
    workspace: WorkspacePath,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="NAME", help="A reviewer; else everybody.")
    ] = None,
    overlap: Annotated[int, typer.Option(min=1, help="How many people see each sample.")] = 1,
    show: Annotated[
        str, typer.Option(help="Which to deal: flagged, unreviewed or all.")
    ] = "flagged",
) -> None:
    """Deal samples to reviewers in place of what was dealt before, and say how many see each."""
    from labelviz.core.queue import Queue

    if show not in ("flagged", "unreviewed", "all"):
        raise typer.BadParameter("--show is flagged, unreviewed or all")
    space, people = _open(workspace), list(dict.fromkeys(to or ()))
    samples = space.waiting(Queue.from_query({"show": show})) if people else ()
    space.assign(samples, people, overlap)
    people_each = f"{overlap} {'person' if overlap == 1 else 'people'} per sample"
    print(f"{people_each}; {len(samples)} samples dealt" if people else f"{people_each}, anybody")
    for name in people:
        print(f"  {len(space.store.assigned(name) or ()):>8}  {name}")
    space.store.close()


def _say_log(log: TrainingLog) -> None:
    """How much of the dataset a training log covers."""
    count, samples = int(log.logged.sum()), len(log.logged)
    print(f"training log: {len(log.logits)} checkpoints of {count} of {samples} samples")
    print(f"  from {log.source}")


def _print_ways(error: ChoiceNeeded) -> None:
    """Each way to go on: the option to add, and what the first lines are then."""
    words = {value: word for word, value in NAMED.items()}
    for way in error.ways:
        flag = f"--{error.option} {shlex.quote(words.get(way.value, way.value))}"
        if error.option == "header":
            flag = "--header" if way.value == "yes" else "--no-header"
        print(f"  {flag}", file=sys.stderr)
        for line in way.preview:
            print(f"      {visible(line)}", file=sys.stderr)


def _spellings(pairs: Sequence[str]) -> dict[str, str]:
    """Class by spelling; the last `=` divides, since classes seldom hold one."""
    if any("=" not in pair for pair in pairs):
        raise typer.BadParameter("--as takes CELL=CLASS")
    divided = (pair.rpartition("=") for pair in pairs)
    return {cell: name for cell, _, name in divided}


def _proposed(table: Table, asked: Columns, workspace: Path) -> Columns:
    """What was asked, and for the rest what is remembered or guessed; printed with its reasons."""
    from dataclasses import replace

    from labelviz.tables.columns import Columns
    from labelviz.tables.guess import propose

    made = propose(table, workspace.resolve().parent, asked.label)
    untouched = Columns().as_json()
    given = {name: v for name, v in asked.as_json().items() if v != untouched[name]}
    print("columns as in the last file like this:" if made.remembered else "columns, guessed:")
    for line in made.lines():
        print(f"  {line}")
    return replace(made.columns, **given)


def _open(path: Path) -> Workspace:
    from labelviz.workspace import Workspace

    return Workspace(path)


def _warn(provenance: Provenance) -> None:
    """Say what weakens these probabilities, if anything is known to, and what would not be weak."""
    if provenance.relation == "in-sample":
        print(
            "The model was trained on these samples: it repeats their errors, it cannot find them."
        )
    elif provenance.alarm is not None:
        print(provenance.alarm.sentence)
    if provenance.in_doubt:
        print("Next: labelviz predict WORKSPACE --cross-validate")


def _progress() -> Report:
    from labelviz.jobs import Progress, Ticker, progress_file

    def on_terminal(progress: Progress) -> None:
        rate = f"  {progress.rate:.1f} {progress.unit}/s" if progress.rate else ""
        left = f"  {progress.left:.0f} s left" if progress.left is not None else ""
        end = "\n" if progress.done == progress.total else ""
        line = f"\r{progress.done}/{progress.total} {progress.unit}{rate}{left}"
        print(f"{line:<70}", end=end, file=sys.stderr, flush=True)

    def quiet(_: Progress) -> None:
        """Nobody watches a pipe."""

    show: Callable[[Progress], None] = on_terminal if sys.stderr.isatty() else quiet
    return Ticker(progress_file() or show)


def _write_issues(path: Path, dataset: Dataset, suspicion: Suspicion) -> None:
    """Write id, given, suggested, suspicion, flagged and reasons, worst first."""
    from labelviz.core.files import created
    from labelviz.tables.labels import SEPARATOR

    with created(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "given", "suggested", "suspicion", "flagged", "reasons"])
        for row in suspicion.worst_first():
            writer.writerow(
                [
                    dataset.ids[row],
                    SEPARATOR.join(dataset.label_names(dataset.given, row)),
                    SEPARATOR.join(dataset.label_names(suspicion.suggested, row)),
                    repr(float(suspicion.score[row])),
                    "yes" if suspicion.flagged[row] else "no",
                    suspicion.reasons[row],
                ]
            )


if __name__ == "__main__":
    main()
