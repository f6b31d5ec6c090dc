"""Target sets: policies that were kept under a name, each version with what it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets
from labelviz.core.target_changes import TargetChanges
from labelviz.errors import (
    RequestRefused,
    StepMissing,
    TargetsRefused,
    WorkspaceRefused,
    in_words,
    unharmed,
)
from labelviz.layers.policy import Policy, parse_policy
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.folder import Folder
from labelviz.project.goals import Goals
from labelviz.store import settings_of

SETS = "target_sets"  # under which name the state has those that were kept
IN_SETTINGS = "targets"  # the table of `labelviz.toml` with policies by name
AT = "@"  # before a name, and between it and the number of a version
LONGEST_SET_NAME = 100


@dataclass(frozen=True)
class TargetSet:
    """One version of a set of targets.

    Parameters
    ----------
    name : of the set.
    version : from 1.
    policy : as it is written.
    dataset : fingerprint of the dataset it was kept for.
    probabilities : name of those that were in use; empty for none.
    last_decision : sequence of the latest decision then.
    kept_at : UTC time, ISO 8601.
    """

    name: str
    version: int
    policy: str
    dataset: str = ""
    probabilities: str = ""
    last_decision: int = 0
    kept_at: str = ""


@dataclass(frozen=True, eq=False)
class TargetSets:
    """Targets by name.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset they are of.
    goals : makes targets.
    """

    folder: Folder
    data: Data
    goals: Goals

    @property
    def kept(self) -> dict[str, tuple[TargetSet, ...]]:
        """All versions of every set by its name, oldest first."""
        said: dict[str, list[dict[str, Any]]] = self.folder.state.get(SETS, {})
        return {
            name: tuple(
                TargetSet(name, number, **each) for number, each in enumerate(versions, start=1)
            )
            for name, versions in said.items()
        }

    @property
    def in_settings(self) -> dict[str, str]:
        """Policies by name that `labelviz.toml` sets under `[targets]`.

        Raises
        ------
        WorkspaceRefused : they cannot be read.
        """
        said = settings_of(self.folder.path).get(IN_SETTINGS, {})
        if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
            raise WorkspaceRefused(
                "The table [targets] holds something else than a policy by name.",
                where=str(self.folder.settings),
                remedy='Write lines like careful = "dynamic:max=0.2 + duplicates".',
            )
        return dict(said)

    @property
    def names(self) -> tuple[str, ...]:
        """All names that mean a policy: of kept sets, and in `labelviz.toml`."""
        return tuple(dict.fromkeys([*self.kept, *self.in_settings]))

    @unharmed("The sets that were kept stand.")
    def keep(self, name: str) -> TargetSet:
        """Keep the targets as they are in use now, as the next version under a name.

        Raises
        ------
        RequestRefused : the name is too long, empty, or has an @ in it.
        """
        if not name.strip() or len(name) > LONGEST_SET_NAME or AT in name:
            raise RequestRefused(
                f"Targets cannot be kept under the name {in_words([name])}.",
                field="name",
                remedy=f"Use at most {LONGEST_SET_NAME} characters, none of them {AT}.",
            )
        goals = self.goals
        about = {
            "policy": str(goals.policy),
            "dataset": self.data.dataset.fingerprint,
            "probabilities": goals.opinions.current or "",
            "last_decision": goals.decisions.review.sequence,
            "kept_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }

        def added(before: dict[str, Any] | None) -> dict[str, Any]:
            known = before or {}
            return {**known, name: [*known.get(name, []), about]}

        self.folder.change(**{SETS: added})
        return self.kept[name][-1]

    def policy(self, text: str) -> Policy:
        """The policy that a text means: `@name`, `@name@version`, or a policy as written.

        Raises
        ------
        TargetsRefused : it is none of these.
        """
        if not text.startswith(AT):
            return parse_policy(text)
        found = self.find(text)
        if found is not None:
            return parse_policy(found.policy)
        said = self.in_settings
        if text[1:] not in said:
            known = [f"{AT}{name}" for name in {**self.kept, **said}]
            raise TargetsRefused(
                f"No targets were kept as {in_words([text])}.",
                remedy=f"There are: {in_words(known)}." if known else "Keep some with --keep NAME.",
            )
        return parse_policy(said[text[1:]])

    def find(self, text: str) -> TargetSet | None:
        """The kept set that `@name` or `@name@version` means, the latest where it names none."""
        name, _, number = text.removeprefix(AT).partition(AT)
        versions = self.kept.get(name, ())
        if not text.startswith(AT) or not versions:
            return None
        if not number:
            return versions[-1]
        return next((each for each in versions if str(each.version) == number), None)

    @of_one_dataset
    def targets(self, text: str = "") -> Targets:
        """The targets that a text names: those in use where empty, a kept set as it was made, or
        what a policy makes now.

        Raises
        ------
        StepMissing : what a kept set was made of is not there any more.
        """
        found = self.find(text)
        if found is None:
            return self.goals.targets(self.policy(text) if text else None)
        return self.goals.as_it_was(
            parse_policy(found.policy), found.probabilities, self._then(found)
        )

    def reviews(self, text: str, moment: datetime) -> Review:
        """The decisions in the targets that a text named before a moment.

        Raises
        ------
        StepMissing : they were kept for another version of the dataset.
        """
        found = self.find(text)
        if found is None:
            return self.goals.decisions.before(moment)
        older = [
            each for each in self.kept[found.name] if datetime.fromisoformat(each.kept_at) < moment
        ]
        latest = AT not in text.removeprefix(AT) and older
        return self._then(older[-1] if latest else found)

    def compare(self, first: str, second: str) -> TargetChanges:
        """Two sets of targets row by row; each named as for `targets`."""
        return TargetChanges(self.targets(first), self.targets(second))

    def _then(self, found: TargetSet) -> Review:
        """The decisions as they stood when a set was kept."""
        dataset = self.data.dataset
        if found.dataset != dataset.fingerprint:
            raise StepMissing(
                f"The targets {in_words([found.name])} were kept for another version of this "
                "dataset.",
                where=str(self.folder.path),
                remedy="Compare with its policy: name the policy itself.",
            )
        events = self.goals.decisions.store.events()
        return Review(dataset, [each for each in events if each.sequence <= found.last_decision])
