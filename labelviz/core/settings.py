"""Settings: how models are used and trained, and the words for what may be chosen.

Nothing heavy is imported here, so the command line answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from labelviz.core.asked import asked, check, part

Precision = Literal["float32", "bfloat16"]
PrecisionChoice = Literal["auto", "float32", "bfloat16"]
# What may be asked for; `auto` is what the hardware multiplies fastest.
PRECISIONS: tuple[PrecisionChoice, ...] = get_args(PrecisionChoice)
Task = Literal["binary", "multiclass", "multilabel"]
TASKS: tuple[Task, ...] = get_args(Task)
ScoreKind = Literal["probabilities", "percent", "softmax", "log"]
SCORE_KINDS: tuple[ScoreKind, ...] = get_args(ScoreKind)
# Targets to train on: the given labels alone, or what policy and decisions make of them.
HARD, CURRENT = "hard", "current"
# The loss against targets: cross-entropy, and changes of it that hold against wrong labels.
CROSS_ENTROPY, SELC, ELR, FORWARD = "plain", "selc", "elr", "forward"
LOSSES = CROSS_ENTROPY, SELC, ELR, FORWARD
WITH = " with "  # between targets and the loss, where an experiment tries a loss
REVIEWED = "reviewed"  # the given labels with what reviewers said, without softening
EXPERIMENT_SEEDS, QUICK_SEEDS, FEWEST_SEEDS = (
    8,
    20,
    2,
)  # 6 are the least with which the test over seeds can speak
# What a threshold is chosen by, the first where none is said; the precision that recall is at.
THRESHOLD_BY = ("f1", "recall")
LEAST_PRECISION = 0.9
FOLDS, FOLDS_TO_FINE_TUNE = 5, 3
OVERLAP = 1  # how many people see each sample
MOST_TOGETHER = 20_000  # samples that one action may decide
SURE = 0.9  # suspicion from which on a label is said to look wrong
SEED, MOST_SEEDS = 0, 2**32
# Where samples are cut for a model that labelviz did not train, if its own limit is no lower; and
# the shortest that a sample may be cut to.
MOST_TOKENS, FEWEST_TOKENS = 512, 8
PRECISION_HELP = (
    "Of matrix products; the rest is float32. auto: bfloat16 where the hardware multiplies it and "
    "the model says the same, unless LABELVIZ_PRECISION says what."
)
ON_HELP = (
    "Where it is computed: on a Ray cluster, ray for the one that this machine belongs to, else "
    "its address, HOST:6379 or ray://HOST:10001; here where not given."
)


@dataclass(frozen=True)
class ModelUse:
    """How a trained model is used, to predict or to embed.

    Raises
    ------
    RequestRefused : out of range.
    """

    precision: PrecisionChoice = asked("auto", PRECISION_HELP, choices=PRECISIONS)
    max_tokens: int | None = asked(
        None,
        "Longer samples are cut. Where not given: as the model was trained, or at its own limit, "
        f"at most {MOST_TOKENS}.",
        ge=FEWEST_TOKENS,
    )
    on: str = asked("", ON_HELP, metavar="CLUSTER")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class FlagLine:
    """Which labels are flagged: those with so much suspicion, and how many of them at most.

    Raises
    ------
    RequestRefused : out of range.
    """

    threshold: float = asked(
        0.5,
        "Flag labels from this suspicion on. At 0.5 another class is likelier than the given one; "
        "once 50 random samples were reviewed, suspicion is the share of such labels that is "
        "wrong, and so the precision that is expected at the line.",
        ge=0,
        le=1,
    )
    at_most: int | None = asked(
        None, "Flag the most suspicious so many and no more; all where not given.", ge=1
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class TrainSettings:
    """How to train.

    Raises
    ------
    RequestRefused : out of range.
    """

    epochs: float = asked(3.0, "Passes over the training samples; may be a fraction.", ge=0.01)
    learning_rate: float = asked(2e-5, "The highest, reached after the warm-up.", gt=0)
    batch_size: int = asked(32, "Samples per step of the optimiser.", ge=1)
    accumulation: int = asked(
        1, "Parts a step is computed in, to save memory; the same step but for dropout.", ge=1
    )
    warmup: float = asked(
        0.06, "Share of all steps in which the learning rate rises from 0; then it falls to 0.",
        ge=0, le=1,
    )  # fmt: skip
    weight_decay: float = asked(0.01, "Of AdamW, on weight matrices only.", ge=0)
    max_grad_norm: float = asked(1.0, "Longer gradients are cut to this length.", gt=0)
    seed: int = asked(
        SEED, "Of the order of samples, of dropout, of a new head, and of folds.",
        ge=0, lt=MOST_SEEDS,
    )  # fmt: skip
    evaluations_per_epoch: int = asked(4, "How often the model is judged.", ge=1)
    patience: int = asked(
        4, "Evaluations without a better validation loss before training stops.", ge=1
    )
    max_tokens: int = asked(
        256, "Longer samples are cut, here and wherever the trained model is used.",
        ge=FEWEST_TOKENS,
    )  # fmt: skip
    frozen: float = asked(
        0.0,
        "Share of the layers, from the lowest, that stay as they are, and the embeddings with "
        "them; rounded down, so less than a layer is none.",
        ge=0,
        lt=1,
    )
    judge_all: bool = asked(
        True,
        "Whether all samples are judged, which shows how each was learnt: at every evaluation "
        "where they are 2,000 or fewer, else once an epoch or four times, and with the best "
        "weights. Else, which is faster, only those of the validation part, and some that are "
        "watched; the logits of the others are NaN then.",
    )
    precision: PrecisionChoice = asked("auto", PRECISION_HELP, choices=PRECISIONS)

    def __post_init__(self) -> None:
        check(self)


TRAINING = TrainSettings()  # the settings of a training unless others are given
# Those of each fold in cross-validation, where a model sees few samples and is thrown away.
FINE_TUNING = TrainSettings(
    learning_rate=5e-5, batch_size=8, evaluations_per_epoch=1, frozen=0.34, judge_all=False
)


@dataclass(frozen=True)
class FoldTraining:
    """How to fine-tune fold by fold; the seed of the settings also draws the folds.

    Raises
    ------
    RequestRefused : out of range.
    """

    k: int = asked(FOLDS_TO_FINE_TUNE, "How many folds.", option="folds", ge=2)
    settings: TrainSettings = part(FINE_TUNING)
    keep_models: bool = asked(
        False, "Leave every fold's model in its folder instead of throwing it away."
    )
    on: str = asked("", ON_HELP, metavar="CLUSTER")

    def __post_init__(self) -> None:
        check(self)


# Those of each training of an experiment, which nobody looks at sample by sample.
EXPERIMENT_TRAINING = TrainSettings(judge_all=False)
