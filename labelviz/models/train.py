"""Training: one loop from soft targets to the best weights, the same for every policy.

Everything random is a function of the seed and the step: the order of samples, the dropout of each
part of a step, a new head. So two policies differ in their targets alone, a run that was stopped
goes on to the same weights, bit for bit on a CPU, and several processes train the same as one.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset
from labelviz.core.files import replaced, why, write_text
from labelviz.core.groups import split_fingerprint
from labelviz.core.progress import STEPS, Report, silent
from labelviz.core.settings import TRAINING, TrainSettings
from labelviz.core.thresholds import softness_of
from labelviz.errors import RunRefused, WorkspaceRefused
from labelviz.models import checkpoints
from labelviz.models.batches import Tokens, collate, passes, shuffled
from labelviz.models.card import write_model
from labelviz.models.checkpoints import State
from labelviz.models.group import Group, ProcessEnded, joined
from labelviz.models.loading import Classifier, load_for_training
from labelviz.models.precision import choose, made_with
from labelviz.models.predict import is_out_of_memory, logits_of, now, to_probabilities
from labelviz.models.robust import Loss, check_loss
from labelviz.models.runs import (
    CHECKPOINT,
    COMPLETE,
    EVALUATIONS,
    LOCK,
    LOG,
    RUNNING,
    Run,
    alone,
    begin,
    check_free,
    evaluation_name,
    write_record,
)
from labelviz.models.samples import LEAST, Samples, TrainingData, digest_of, samples_of
from labelviz.models.trained_part import freeze_lowest, occurring_only
from labelviz.models.turn import turn
from labelviz.processes import release_memory

if TYPE_CHECKING:
    import torch

BEST_GONE = (
    "The weights of the best step were gone from the disk when training ended. The model has those "
    "of the last step, which may know less."
)
EVERY_TIME = 2_000  # samples up to which every evaluation judges them all
WHOLE = 4  # how often all are judged where they are more, in so many epochs or fewer
RELEASED = 2  # steps after which freed memory goes back to the system
STEP_SEEDS = 1_000_003  # the seed of a step's first part: the run's, times this, plus the step
# What each further part adds: 2**32 by the golden ratio, so that parts of near steps are far apart
# in the 32 bits that a CPU's generator takes.
PART_SEEDS = 2_654_435_761
LOST = "One of the processes that trained together ended before the others."
# What BERT, RoBERTa and their kin, and DistilBERT, call the dropout of attention weights.
ATTENTION_DROPOUT = ("attention.self.dropout", "attention.dropout")


def train(
    data: TrainingData,
    model: str | Path,
    out: Path,
    settings: TrainSettings = TRAINING,
    report: Report = silent,
) -> Run:
    """Fine-tune a model on targets, keep the best weights, and log all logits along the way.

    AdamW with linear warm-up and decay, over batches of like length. In bfloat16 are the matrix
    products alone, which is several times faster where the hardware multiplies it; weights, sums,
    loss and optimiser stay in float32. On a CPU attention has no dropout.

    Training stops early on the validation loss against hard labels: the reviewer's where one
    decided, else the given. Called again on a folder where a run was stopped, with the same data,
    targets, model and settings, it goes on from the last checkpoint, in the precision it began in.

    Called in each of several processes that were started together, which see the same folder, it
    trains with all of them, to the same model; how many may be others from one call to the next.
    On a GPU it waits for a training that runs there already.

    Parameters
    ----------
    model : folder or hub id of an encoder, or of a classifier to train further.
    out : a new folder, or that of a stopped run.
    report : called as (done, total, "steps").

    Raises
    ------
    ModelRefused : not loadable safely.
    RunRefused : targets of other samples, nothing to train or validate on, a folder that holds
        another run or into which somebody trains now, a loss that became NaN, a disk that takes no
        more, or another process that ended.
    """
    import torch

    out = Path(out)
    try:
        with joined() as group, ExitStack() as held:
            if group.first:
                check_free(out)
                held.enter_context(alone(out / LOCK, out))
                held.enter_context(turn(report))
            samples = samples_of(data)
            run, classifier = _begun(data, model, out, settings, group)
            tokens = classifier.tokens(data.dataset.texts)
            devices = [torch.cuda.current_device()] if classifier.device == "cuda" else []
            with torch.random.fork_rng(devices), occurring_only(classifier.model, tokens):
                optimizer = _optimizer(classifier.model, settings)
                told = report if group.first else silent
                job = Training(run, classifier, optimizer, tokens, samples, told, group)
                state, warning = _with_best(job, fit(job))
            if group.first:
                _complete(job, data.dataset, state, warning)
            group.wait()
    except ProcessEnded as error:
        raise lost(out) from error
    return Run.open(out)


def lost(out: Path | None) -> RunRefused:
    """The error of a training, of whose processes one ended before its work was done."""
    return RunRefused(
        LOST,
        where=str(out or ""),
        safe=_kept(out) if out else "",
        remedy="Train the same again: it goes on, in as many processes or in fewer. If it said why "
        "it ended, that stands above; a system that is short of memory ends processes in silence.",
    )


def _begun(
    data: TrainingData, model: str | Path, out: Path, settings: TrainSettings, group: Group
) -> tuple[Run, Classifier]:
    """The run, begun or gone on with, and the model as it is before the first step."""
    dataset = data.dataset
    loaded = load_for_training(
        model, dataset.classes, multilabel=dataset.multilabel, seed=settings.seed
    )
    classifier = loaded.within(settings.max_tokens)
    frozen = freeze_lowest(classifier.model, settings.frozen)
    chosen = choose(settings.precision, classifier.device)
    record = _record(data, classifier, settings) | {
        "frozen_layers": frozen,
        "splits": samples_of(data).sizes,
        "split": split_fingerprint(dataset),
        "precision": chosen.precision,
        "precision_why": chosen.why,
    }
    if group.size > 1:
        record["hardware"] |= {"processes": str(group.size)}
    if not group.first:
        group.wait()  # and then find what the first has begun, and that it is the same
    run = begin(out, record, dataset.ids)
    if group.first:
        group.wait()
    classifier = replace(classifier, precision=run.record["precision"])
    _set_attention(classifier)
    return run, classifier


def _with_best(job: Training, state: State) -> tuple[State, dict[str, str]]:
    """Give the model its best weights, and judge all samples with them where that is asked.

    Returns
    -------
    Where the run is now, and what its record warns of.
    """
    job.group.wait()  # for the first to have written it
    found = checkpoints.restore_best(job.checkpoints, job.classifier.model)
    job.group.wait()  # for all to have read what the first removes when it is done
    if not found:
        state = replace(state, best_step=state.step)
    if job.settings.judge_all:
        state = judge_best(job, state)
    return state, {} if found else {"warning": BEST_GONE}


def _complete(job: Training, dataset: Dataset, state: State, warning: dict[str, str]) -> None:
    """Write the model, then that the run is complete, and remove the checkpoints."""
    run = job.run
    done = {**run.record, "status": COMPLETE, "best_step": state.best_step, "finished": now()}
    done |= warning
    with _written(run):
        write_model(replace(run, record=done, rows=tuple(state.rows)), dataset, job.classifier)
        write_record(run.path, done)
    shutil.rmtree(job.checkpoints, ignore_errors=True)
    job.report(job.steps, job.steps, STEPS)


def fit(job: Training) -> State:
    """Train from the last checkpoint, or from the start, to the end or until patience runs out."""
    settings, network = job.settings, job.classifier.model
    state = checkpoints.restore(job.checkpoints, network, job.optimizer, job.loss.memory)
    if state is None:
        state = evaluate(job, State(), None) if job.judges_first else State()
    job.least_parts = state.parts
    job.report(state.step, job.steps, STEPS)
    epoch, batches, losses, weights = -1, [job.samples.train], 0.0, 0.0
    for step in range(state.step, job.steps):
        if state.waited >= settings.patience:
            break
        if step // job.per_epoch != epoch:
            epoch = step // job.per_epoch
            seed = (settings.seed, epoch)
            batches = shuffled(job.tokens.lengths, job.samples.train, settings.batch_size, seed)
        for group in job.optimizer.param_groups:
            group["lr"] = learning_rate(step, job.steps, settings)
        loss, weight = take_step(job, step, batches[step % job.per_epoch])
        if not np.isfinite(loss):
            raise _diverged(job, step + 1)
        losses, weights = losses + loss, weights + weight
        if step % RELEASED == RELEASED - 1:
            release_memory()
        if step + 1 in job.evaluations:
            state = evaluate(job, replace(state, step=step + 1), losses / max(weights, LEAST))
            losses = weights = 0.0
        job.report(step + 1, job.steps, STEPS)
    return state


def take_step(job: Training, step: int, rows: Integers) -> tuple[float, float]:
    """One step of the optimiser on some samples; the summed weighted loss and the summed weight.

    Raises
    ------
    RunRefused : one sample alone does not fit the memory, or the optimiser's state does not.
    """
    import torch

    network, whole = job.classifier.model, job.samples.weight_of(rows)
    total = _gradients(job, step, rows, whole)
    length = torch.nn.utils.clip_grad_norm_(network.parameters(), job.settings.max_grad_norm)
    try:
        job.optimizer.step()
        job.loss.keep(step, rows, job.group)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise _too_large(
            job, "The memory is not enough for what the optimiser keeps of every weight."
        ) from error
    return total if torch.isfinite(length) else float("nan"), whole


def _gradients(job: Training, step: int, rows: Integers, whole: float) -> float:
    """Gradients of a step, in as few parts as memory allows; returns the summed weighted loss.

    Where memory is short, in one process or in several, all compute it in twice as many parts, as
    often as it takes, to the same numbers as if it had been so many at first; every step after it
    too.
    """
    import torch

    few = max(job.settings.accumulation, passes(job.tokens.lengths[rows], job.classifier.device))
    parts = min(max(few, job.least_parts, job.group.size), len(rows))
    while True:
        mine = _share_of_gradients(job, step, np.array_split(rows, parts), whole)
        trained = [each for each in job.classifier.model.parameters() if each.requires_grad]
        reached = [float(each.grad is not None) for each in trained]
        short, total, *reached = job.group.added([float(mine is None), mine or 0.0, *reached])
        if not short:
            job.group.add([_gradient(each) for each, n in zip(trained, reached, strict=True) if n])
            return total
        if parts == len(rows):
            tokens = int(job.tokens.lengths[rows].max())
            raise _too_large(
                job, f"The memory is not enough to train on one sample of {tokens} tokens."
            )
        parts = job.least_parts = min(2 * parts, len(rows))
        release_memory()
        if job.classifier.device == "cuda":
            torch.cuda.empty_cache()


def _gradient(weights: torch.nn.Parameter) -> torch.Tensor:
    """The gradient, 0 where no part of this process reached the weights."""
    import torch

    if weights.grad is None:
        weights.grad = torch.zeros_like(weights)
    return weights.grad


def _share_of_gradients(
    job: Training, step: int, parts: list[Integers], whole: float
) -> float | None:
    """This process's share of a step's gradients and loss; None where memory ran out."""
    try:
        return _add_gradients(job, step, parts, whole)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None


def _add_gradients(job: Training, step: int, parts: list[Integers], whole: float) -> float:
    """Gradients of the mean weighted loss, part by part; returns the summed weighted loss."""
    import torch

    total = 0.0
    job.classifier.model.train()
    job.optimizer.zero_grad()
    job.loss.begin()
    for place, part in job.group.share(enumerate(parts)):
        torch.manual_seed(seed_of(job.settings, step, place))  # so no random state needs saving
        batch = collate(job.tokens, part, job.classifier.device)
        loss = job.loss.of(step, part, job.classifier.logits(batch))
        (loss / max(whole, LEAST)).backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    return total


def seed_of(settings: TrainSettings, step: int, part: int) -> int:
    """What draws the dropout of a part of a step, whichever process computes it."""
    return settings.seed * STEP_SEEDS + step + part * PART_SEEDS


def evaluate(job: Training, state: State, train_loss: float | None) -> State:
    """Judge the samples, write logits, log and checkpoint, and return where the run is now."""
    rows = None if state.step in job.whole else job.judged
    scores = _judge(job, state.step, rows)
    seconds = state.seconds + job.lap()
    row = {"step": state.step, "epoch": state.step / job.per_epoch, "train_loss": train_loss}
    row |= scores | {"all": rows is None, "seconds": seconds}
    log = [*state.rows, row]
    state = replace(state, seconds=seconds, rows=log, parts=job.least_parts)
    if scores["selection_nll"] < state.best_loss:
        state = replace(state, best_step=state.step, best_loss=scores["selection_nll"], waited=0)
    else:
        state = replace(state, waited=state.waited + 1)
    if job.group.first:
        with _written(job.run):
            _write_log(job, state)
            checkpoints.save(
                job.checkpoints, state, job.classifier.model, job.optimizer, job.loss.memory
            )
    release_memory()
    return state


def judge_best(job: Training, state: State) -> State:
    """Judge all samples with the best weights, which the model has, unless that was done."""
    place = next(n for n, row in enumerate(state.rows) if row["step"] == state.best_step)
    if state.rows[place].get("all", True):
        return state
    scores = _judge(job, state.best_step, None)
    rows = list(state.rows)
    rows[place] |= scores | {"selection_nll": rows[place]["selection_nll"], "all": True}
    state = replace(state, rows=rows)
    if job.group.first:
        with _written(job.run):
            _write_log(job, state)
    return state


def _judge(job: Training, step: int, rows: Integers | None) -> dict[str, Any]:
    """Judge some samples, or all, as fast as in prediction; keep the logits and give the scores."""
    judge = job.classifier.in_precision(job.classifier.precision)
    if judge.model is not job.classifier.model:  # a copy, whose attention need not be trained
        judge.model.set_attn_implementation("sdpa")
    logits = logits_of(judge, job.tokens, rows, job.report, job.group)
    if not np.isfinite(logits if rows is None else logits[rows]).all():
        raise _diverged(job, step)
    if job.group.first:
        with _written(job.run):
            _write_logits(job.run.path / EVALUATIONS / evaluation_name(step), logits)
    p = to_probabilities(logits, multilabel=job.samples.multilabel)
    return job.samples.scores(p, whole=rows is None)


def _write_log(job: Training, state: State) -> None:
    log = "".join(json.dumps(each) + "\n" for each in state.rows)
    write_text(job.run.path / LOG, log)


def learning_rate(step: int, steps: int, settings: TrainSettings) -> float:
    """The rate of a step, counted from 0: up to the highest, then down to 0 after the last."""
    warmup = int(np.ceil(settings.warmup * steps))
    share = (step + 1) / warmup if step < warmup else (steps - step) / max(steps - warmup, 1)
    return settings.learning_rate * share


@dataclass
class Training:
    """What a run needs at every step."""

    run: Run
    classifier: Classifier
    optimizer: torch.optim.Optimizer
    tokens: Tokens
    samples: Samples
    report: Report
    group: Group

    def __post_init__(self) -> None:
        self.settings = self.run.settings
        self.checkpoints = self.run.path / CHECKPOINT
        self.per_epoch = -(-len(self.samples.train) // self.settings.batch_size)
        self.steps = max(1, round(self.settings.epochs * self.per_epoch))
        stride = self.per_epoch / self.settings.evaluations_per_epoch
        marks = np.arange(1, self.steps / stride + 1) * stride
        marks = np.maximum(np.round(marks), 1).astype(int)
        self.evaluations = {int(mark) for mark in marks if mark < self.steps} | {self.steps}
        self.judged = self.samples.judged(everywhere=self.settings.judge_all)
        self.whole = self._whole() if self.settings.judge_all else set()
        self.judges_first = self.settings.judge_all or self.samples.suspects is not None
        self.least_parts = 1
        self.loss = Loss(self.run.loss, self.samples, self.per_epoch, self.run.noise)
        self._clock = time.monotonic()

    def _whole(self) -> set[int]:
        """The steps after which all samples are judged: all of few samples, else four or so."""
        marks = sorted(self.evaluations)
        if len(self.samples.part) <= EVERY_TIME:
            return {0, *marks}
        count = min(len(marks), max(WHOLE, math.ceil(self.settings.epochs)))
        places = np.arange(1, count + 1) * len(marks) // count - 1
        return {marks[place] for place in places}

    def lap(self) -> float:
        """Seconds since this was asked last."""
        before, self._clock = self._clock, time.monotonic()
        return self._clock - before


def _optimizer(network: torch.nn.Module, settings: TrainSettings) -> torch.optim.Optimizer:
    """AdamW; biases and the scales of normalisation do not decay, being vectors."""
    import torch

    trained = [each for each in network.parameters() if each.requires_grad]
    matrices = [each for each in trained if each.ndim > 1]
    vectors = [each for each in trained if each.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def _set_attention(classifier: Classifier) -> None:
    """Set the attention that is fastest to train on a CPU.

    Drawing dropout masks for attention costs up to as much as the products, so it is left out; the
    other dropout stays. With bfloat16 the backward pass of fused attention is the slow part: 32
    samples of 128 tokens through six layers took 3.9 s per step in float32 with both, and 0.8 s in
    bfloat16 with neither, on two cores with AMX. In float32 fused attention is as fast.
    """
    if classifier.device == "cuda":
        return
    if classifier.precision == "bfloat16":
        classifier.model.set_attn_implementation("eager")
    for name, module in classifier.model.named_modules():
        if name.endswith(ATTENTION_DROPOUT):
            module.p = 0.0


def _record(data: TrainingData, classifier: Classifier, settings: TrainSettings) -> dict[str, Any]:
    """What run.json says at the start."""
    dataset, targets = data.dataset, data.targets
    check_loss(data.loss, data.noise, settings.epochs)
    return {
        "status": RUNNING,
        "settings": settings,
        "max_tokens": classifier.max_tokens,
        "dataset": dataset.fingerprint,
        "samples": len(dataset),
        "task": dataset.task,
        "multilabel": dataset.multilabel,
        "classes": list(dataset.classes),
        "policy": targets.policy,
        "targets": digest_of(targets),
        "scale": [each.tolist() for each in softness_of(targets)],
        "reviewed": int(targets.by_people.sum()),
        "decided": data.decided,
        "undecided": data.undecided,
        "loss": data.loss,
        "noise": None if data.noise is None else data.noise.tolist(),
        "model": "/".join(Path(classifier.source).parts[-2:]),  # not where this machine keeps it
        "model_hash": classifier.model_hash,
        "head": classifier.note,
        "device": classifier.device,
        **made_with(),
        "started": now(),
    }


def _write_logits(path: Path, logits: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.save(file, logits, allow_pickle=False)


def _too_large(job: Training, words: str) -> RunRefused:
    return RunRefused(
        words,
        where=str(job.run.path),
        safe=_kept(job.run.path),
        remedy="Free memory and train the same again: it goes on. Or train into a new folder with "
        "fewer tokens, more frozen layers or a smaller model.",
    )


def _diverged(job: Training, step: int) -> RunRefused:
    return RunRefused(
        f"The loss became NaN or infinite at step {step}.",
        where=str(job.run.path),
        safe=_kept(job.run.path),
        remedy="Train into a new folder with a lower learning rate.",
    )


@contextmanager
def _written(run: Run) -> Iterator[None]:
    """Inside, a disk that takes no more is said with what was trained until then."""
    try:
        yield
    except WorkspaceRefused as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise RunRefused(
            f"What was trained cannot be written: {why(error.__cause__)}.",
            where=str(run.path),
            safe=_kept(run.path),
            remedy="Make room on the disk, or let the folder be written, and train the same again: "
            "it goes on.",
        ) from error


def _kept(run: Path) -> str:
    kept = checkpoints.newest(run / CHECKPOINT)
    return "Nothing was trained yet." if kept is None else f"The checkpoint of step {kept} is kept."
