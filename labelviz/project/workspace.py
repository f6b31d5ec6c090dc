"""Workspace: the hallway of a project. Each room keeps a part of it; the most asked is at hand."""

from __future__ import annotations

from pathlib import Path

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Review
from labelviz.core.suspicion import Suspicion
from labelviz.project.data import Data
from labelviz.project.decisions import Decisions
from labelviz.project.embeddings import KeptEmbeddings
from labelviz.project.experiments import Experiments
from labelviz.project.findings import Findings
from labelviz.project.folder import Folder
from labelviz.project.goals import Goals, Seen
from labelviz.project.loading import Loading
from labelviz.project.logs import Logs
from labelviz.project.opinions import Opinions
from labelviz.project.queues import Queues
from labelviz.project.references import References
from labelviz.project.runs import Runs
from labelviz.project.target_sets import TargetSets


class Workspace:
    """A project on disk: one folder. Safe to share between threads.

    Rooms
    -----
    folder : where it lies, and what is set in it.
    data : the dataset in use, and what its file said.
    decisions : what reviewers said, and where every sample stands.
    opinions : what models think: probabilities.
    findings : which labels are likely wrong, and how many; `findings.logs`, `findings.embeddings`.
    queues : what waits for whom.
    goals : policy, targets, exports.
    sets : targets that were kept under a name.
    runs : what was trained.
    experiments : what was trained with several sets of targets, to tell whether one helped.

    `load`, `predict`, `flag`, `decide`, `set_policy`, `targets`, `export`, `train` and `compare`
    are what the rooms of these things do, under their own names.

    Parameters
    ----------
    path : the workspace's folder.

    Raises
    ------
    WorkspaceRefused : the folder is not a workspace.
    """

    def __init__(self, path: Path | str) -> None:
        folder = self.folder = Folder(path)
        data = self.data = Data(folder)
        decisions = self.decisions = Decisions(folder, data)
        opinions = self.opinions = Opinions(folder, data, decisions)
        goals = self.goals = Goals(folder, data, opinions, decisions, self._seen)
        self.sets = TargetSets(folder, data, goals)
        references = References(data, opinions, goals, decisions)
        runs = self.runs = Runs(folder, data, goals, references)
        logs, embeddings = Logs(folder, data, runs), KeptEmbeddings(folder, data)
        self.experiments = Experiments(folder, data, goals, self.sets, embeddings, references)
        findings = self.findings = Findings(folder, data, opinions, decisions, logs, embeddings)
        self.queues = Queues(folder, data, opinions, decisions, findings)

        self.load = Loading(folder, data, opinions, decisions).load
        self.predict = opinions.predict
        self.flag = findings.flag
        self.decide = decisions.decide
        self.set_policy, self.targets, self.export = goals.set_policy, goals.targets, goals.export
        self.train, self.compare = runs.train, runs.compare

    def _seen(self) -> Seen:
        return Seen(self.findings.suspicion, self.findings.logs.data_map)

    @classmethod
    def create(cls, path: Path | str) -> Workspace:
        """The workspace at a path, made if there is nothing yet.

        Raises
        ------
        WorkspaceRefused : the folder holds something else.
        """
        return cls(Folder.create(path))

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def dataset(self) -> Dataset:
        """The dataset in use.

        Raises
        ------
        StepMissing : nothing was loaded yet.
        """
        return self.data.dataset

    @property
    def review(self) -> Review:
        """What holds after all decisions so far, for the dataset as it is."""
        return self.decisions.review

    @property
    def suspicion(self) -> Suspicion | None:
        """The latest flags; None where the dataset was not checked as it is, or where refused."""
        return self.findings.suspicion
