"""labelviz: find wrong LLM labels, set soft targets, retrain, and prove whether it helped.

Glossary
--------
sample
    One text, or a pair of texts, with an id.
class
    A name a label can have. Classes have a fixed order; columns of numbers carry their class names.
given label
    What the file says: the LLM's label, to be audited. Never overwritten.
annotator
    Somebody else who labelled the same samples: another LLM, or a person.
probabilities
    A model's opinion per sample and class, in [0, 1]. *Out-of-fold* ones come from a model that
    did not see the sample; *in-sample* ones repeat what the model was told.
suspicion
    How likely a given label is wrong, in [0, 1]; high = look first. A *flagged* label is one the
    detectors call wrong. The *suggestion* is what it should be.
decision
    What a reviewer said about a sample: keep, accept the suggestion, choose a class, soften (a full
    target), exclude, unsure, flag. Decisions are only ever added; undo is one too.
status
    What the decisions make of a sample: unreviewed, kept, corrected, softened, excluded, unsure, or
    disputed.
role
    What a person may do in a workspace: a viewer looks on, a reviewer decides, an adjudicator
    settles for everybody what others disagree on, an owner changes what everybody sees. Where
    nobody has one, everybody may do everything.
target
    What a model is trained on: a row over the classes. *Hard* puts all mass on one class, *soft*
    spreads it. *Off-label mass* is what a soft target takes away from the label.
policy
    Layers, in order, that make targets of labels. A reviewer's decision goes before the policy, the
    policy before the given label.
difficulty
    How undecided a model is about a sample, whatever its label says. Not wrongness.
border
    The samples over which a model wavers between two classes, or over one of several labels.
threshold
    From which probability on a class counts as there; one half, or the top class, without one.
slice
    A column whose values cut the samples into kinds, to see where errors clump.
fold, split, group
    Folds take turns at being predicted; splits are train, validation and test; samples of one group
    never span two of either.
run
    One training of a model, with its settings, its log, and its model.
workspace
    One folder, one project: all of the above.
request
    One thing that can be asked of a workspace, as a value that says all of it; see
    `labelviz.requests`. A *job* is a request that runs in a process of its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelviz.core.dataset import Dataset
    from labelviz.core.decisions import Decision, Review
    from labelviz.core.distributions import Probabilities, Targets
    from labelviz.core.experiment import Outcome
    from labelviz.core.settings import FoldTraining, ModelUse, TrainSettings
    from labelviz.core.suspicion import Suspicion
    from labelviz.errors import LabelvizError
    from labelviz.layers.policy import Policy, parse_policy
    from labelviz.project.workspace import Workspace
    from labelviz.tables.columns import Columns

_HOMES = {
    "Columns": "labelviz.tables.columns",
    "Dataset": "labelviz.core.dataset",
    "Decision": "labelviz.core.decisions",
    "FoldTraining": "labelviz.core.settings",
    "LabelvizError": "labelviz.errors",
    "ModelUse": "labelviz.core.settings",
    "Outcome": "labelviz.core.experiment",
    "Policy": "labelviz.layers.policy",
    "Probabilities": "labelviz.core.distributions",
    "Review": "labelviz.core.decisions",
    "Suspicion": "labelviz.core.suspicion",
    "Targets": "labelviz.core.distributions",
    "TrainSettings": "labelviz.core.settings",
    "Workspace": "labelviz.project.workspace",
    "parse_policy": "labelviz.layers.policy",
}

__all__ = [
    "Columns",
    "Dataset",
    "Decision",
    "FoldTraining",
    "LabelvizError",
    "ModelUse",
    "Outcome",
    "Policy",
    "Probabilities",
    "Review",
    "Suspicion",
    "Targets",
    "TrainSettings",
    "Workspace",
    "parse_policy",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import labelviz` answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'labelviz' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
