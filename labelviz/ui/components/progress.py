"""Long work on the screen: how far it is, how it ended, and the buttons that start and stop it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import streamlit as st

from labelviz import jobs
from labelviz.errors import RequestRefused
from labelviz.jobs import Job, JobState, Progress
from labelviz.requests import Request, from_json
from labelviz.ui import rights
from labelviz.ui.components import literal, message, notice, uploads

WATCHED, HIDDEN = "watched job", "hidden job"
ELSEWHERE = (
    "This was started on {host}, and from here nobody can tell whether it still runs. Nothing else "
    "can start in this workspace meanwhile. If it does run there, what it finds is added all the "
    "same."
)
ONLY_OWNERS = (
    "You look at this page: an owner of this workspace starts work here, and changes what "
    "everybody sees."
)
LAST_LINES = 12
ONCE = {"train", "experiment", "mine"}  # commands that refuse to do again what they have done
SENTENCES: dict[str, dict[JobState, str]] = {
    "predict": {
        "running": "Probabilities are being computed.",
        "done": "The new probabilities are in use.",
        "failed": "There are no new probabilities, because this went wrong:",
        "cancelled": "The computation of probabilities was cancelled. Started again, it goes on "
        "from what a model had finished.",
    },
    "flag": {
        "running": "Labels that are likely wrong are being looked for.",
        "done": "All labels were checked.",
        "failed": "The labels were not checked, because this went wrong:",
        "cancelled": "The check was cancelled; nothing was changed.",
    },
    "train": {
        "running": "A model is being trained.",
        "done": "The training run is complete.",
        "failed": "The training run stopped, because this went wrong:",
        "cancelled": "The training run was cancelled. Started again, it goes on.",
    },
    "map": {
        "running": "The samples are being laid out.",
        "done": "The map of the samples is ready.",
        "failed": "There is no new map, because this went wrong:",
        "cancelled": "The layout was cancelled; nothing was changed.",
    },
    "mine": {
        "running": "New pairs worth a label are being looked for.",
        "done": "The file of new pairs is among the exports.",
        "failed": "No new pairs were found, because this went wrong:",
        "cancelled": "The search for new pairs was cancelled; nothing was changed.",
    },
    "experiment": {
        "running": "An experiment is running.",
        "done": "The experiment is complete.",
        "failed": "The experiment stopped, because this went wrong:",
        "cancelled": "The experiment was cancelled. Started again, it goes on.",
    },
}


def show(workspace: Path, commands: Collection[str]) -> bool:
    """Show a workspace's running job, or how one of these commands ended.

    Returns
    -------
    Whether nothing can start: a job is running, or this visitor may start none.
    """
    may = rights.may("change")
    if not may:
        notice.quiet(ONLY_OWNERS)
    job = jobs.latest(workspace)
    if job is None:
        return not may
    if job.state == "running":
        st.session_state[WATCHED] = job.name
        _watch(job)
        return True
    if job.command in commands and st.session_state.get(HIDDEN) != job.name:
        _ended(workspace, job, may=may)
    return not may


def start_button(label: str, workspace: Path, request: Request | None, **looks: object) -> None:
    """A button that has a request done as a job of the workspace.

    Parameters
    ----------
    request : None where there is nothing to ask for yet.
    looks : key, type, help and disabled of the button.

    Raises
    ------
    JobRefused : another job of this workspace is running.
    """
    looks["disabled"] = bool(looks.get("disabled")) or request is None
    if st.button(label, **looks) and request is not None:  # type: ignore[arg-type]
        start(workspace, request)


def start(workspace: Path, request: Request) -> None:
    """Have a request done as a job of the workspace, with what was uploaded for it.

    Raises
    ------
    JobRefused : another job of this workspace is running.
    NotSaved : this visitor may start none.
    """
    rights.check("change")
    request = uploads.handed_over(request, workspace)
    jobs.start(workspace, request)
    uploads.discard_others(request, workspace)
    st.rerun()


def sentence(progress: Progress) -> str:
    """How far, how fast, how long still."""
    far = f"{progress.done:,} of {progress.total:,} {progress.unit}"
    if progress.rate is None:
        return far
    if progress.left is None:
        return f"{far}, {progress.rate:,.1f} per second"
    return f"{far}, {progress.rate:,.1f} per second, {duration(progress.left)} left"


def duration(seconds: float) -> str:
    """Seconds as a person reads them."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 90 * 60:
        return f"{round(whole / 60)} min"
    return f"{whole / 3600:.1f} h"


@st.fragment(run_every=1)
@message.shows_errors
def _watch(job: Job) -> None:
    if job.state != "running":
        st.rerun()
    may = rights.may("change")
    now = job.progress
    host = job.elsewhere
    with st.container(border=True, key="job"):
        title, button = st.columns([6, 1], vertical_alignment="center")
        title.text(SENTENCES.get(job.command, {}).get("running", job.command))
        if host:
            literal.plain(ELSEWHERE.format(host=host))
            if may and button.button("It has ended", key="give up job", width="stretch"):
                job.give_up()
                st.rerun()
        elif may and button.button("Cancel", key="cancel job", width="stretch"):
            job.cancel()
            st.rerun()
        st.progress(min(now.done / now.total, 1.0) if now and now.total else 0.0)
        notice.quiet(sentence(now) if now else "Starting: loading the data and the libraries.")


def _ended(workspace: Path, job: Job, *, may: bool) -> None:
    ended = job.state
    if ended == "done" and st.session_state.get(WATCHED) != job.name:
        return
    with st.container(border=True, key="job"):
        text, again, hide = st.columns([5, 1, 1], vertical_alignment="center")
        text.text(SENTENCES[job.command][ended])
        request = _asked(job)
        if may and request is not None and (ended != "done" or job.command not in ONCE):
            with again:
                start_button(
                    "Start again", workspace, request, key=f"again {job.name}", width="stretch"
                )
        if hide.button("Hide", key=f"hide {job.name}", width="stretch"):
            st.session_state[HIDDEN] = job.name
            st.rerun()
        if ended == "failed":
            lines = job.output.strip().splitlines()[-LAST_LINES:]
            said = "\n".join(lines) or "It printed nothing."
            shown = literal.lines("\n".join(filter(None, (said, job.lost))))
            st.code(shown, language=None, wrap_lines=True)


def _asked(job: Job) -> Request | None:
    """What a job was asked to do; None where another version of labelviz asked it."""
    try:
        return from_json(job.asked)
    except RequestRefused:
        return None
