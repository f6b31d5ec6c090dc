"""Settings: how models are used and trained. Every default of command line, page and Python.

Nothing heavy is imported here, so the command line answers at once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from labelviz.errors import ModelRefused, RunRefused

Precision = Literal["float32", "bfloat16"]
PrecisionChoice = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[PrecisionChoice, ...] = get_args(PrecisionChoice)
"""What may be asked for; `auto` is what the hardware multiplies fastest."""
FOLDS, FOLDS_TO_FINE_TUNE = 5, 3
SEED = 0
MOST_TOKENS = 512
"""Where samples are cut for a model that labelviz did not train, if its own limit is no lower."""


@dataclass(frozen=True)
class ModelUse:
    """How a trained model is used, to predict or to embed.

    Parameters
    ----------
    precision : of matrix products.
    max_tokens : longer samples are cut; None for what the model was trained with, or for its own
        limit, at most 512, where labelviz did not train it.

    Raises
    ------
    ModelRefused : out of range.
    """

    precision: PrecisionChoice = "auto"
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ModelRefused(
                f"There is no precision {self.precision!r}.",
                where="precision",
                remedy=f"Choose one of {', '.join(PRECISIONS)}.",
            )
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ModelRefused(
                f"A sample cannot be cut to {self.max_tokens} tokens.",
                where="longest sample",
                remedy="Give a positive number of tokens.",
            )


@dataclass(frozen=True)
class TrainSettings:
    """How to train.

    Parameters
    ----------
    epochs : passes over the training samples; may be a fraction.
    learning_rate : the highest, reached after the warm-up.
    batch_size : samples per step of the optimiser.
    accumulation : parts a step is computed in, to save memory; the same step but for dropout.
    warmup : share of all steps in which the learning rate rises from 0; then it falls to 0.
    weight_decay : of AdamW, on weight matrices only.
    max_grad_norm : longer gradients are cut to this length.
    seed : of the order of samples, of dropout and of a new head.
    evaluations_per_epoch : how often all samples are judged.
    patience : evaluations without a better validation loss before training stops.
    max_tokens : longer samples are cut, here and wherever the trained model is used.
    frozen : share of the layers, from the lowest, that stay as they are, and the embeddings with
        them; rounded down, so less than a layer is none.
    judge_all : whether an evaluation judges all samples, which shows how each was learnt, or, which
        is faster, only those of the validation part, and none before the first step. The logits of
        the others are NaN then.
    precision : of matrix products; the rest is float32.

    Raises
    ------
    RunRefused : out of range.
    """

    epochs: float = 3.0
    learning_rate: float = 2e-5
    batch_size: int = 32
    accumulation: int = 1
    warmup: float = 0.06
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    seed: int = SEED
    evaluations_per_epoch: int = 4
    patience: int = 4
    max_tokens: int = 256
    frozen: float = 0.0
    judge_all: bool = True
    precision: PrecisionChoice = "auto"

    def __post_init__(self) -> None:
        wrong = [
            name
            for name in ("epochs", "learning_rate", "batch_size", "accumulation", "max_grad_norm",
                         "evaluations_per_epoch", "patience", "max_tokens")
            if not getattr(self, name) > 0
        ]  # fmt: skip
        within = {
            "warmup": 0 <= self.warmup <= 1,
            "weight_decay": self.weight_decay >= 0,
            "frozen": 0 <= self.frozen < 1,
            "seed": 0 <= self.seed < 2**32,
            "precision": self.precision in PRECISIONS,
        }
        wrong += [name for name, fits in within.items() if not fits]
        if wrong:
            said = asdict(self)
            raise RunRefused(
                "Training settings out of range: "
                + ", ".join(f"{name} {said[name]}" for name in wrong)
                + ".",
                where="training settings",
                remedy="Numbers must be positive, the warm-up a share between 0 and 1, and the "
                f"precision one of {', '.join(PRECISIONS)}.",
            )


TRAINING = TrainSettings()
"""The settings of a training unless others are given."""
FINE_TUNING = TrainSettings(
    learning_rate=5e-5, batch_size=8, evaluations_per_epoch=1, frozen=0.34, judge_all=False
)
"""Those of each fold in cross-validation, where a model sees few samples and is thrown away."""


@dataclass(frozen=True)
class FoldTraining:
    """How to fine-tune fold by fold.

    Parameters
    ----------
    k : number of folds, at least 2.
    settings : of each training; its seed also draws the folds. Unless they say otherwise the lowest
        third of the layers is frozen, and only validation samples are judged.
    keep_models : leave every fold's model in its folder instead of throwing it away.
    """

    k: int = FOLDS_TO_FINE_TUNE
    settings: TrainSettings = FINE_TUNING
    keep_models: bool = False
