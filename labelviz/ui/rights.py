"""Rights: what this visitor may do in a workspace, by the roles as they stand.

Decisions are checked where they are saved, in `labelviz.store.permissions`. What else a page
changes is asked about here: a button that would be refused is not offered, and asked again when it
is pressed.
"""

from __future__ import annotations

from labelviz.core.roles import Right, Roles
from labelviz.errors import NotSaved
from labelviz.project.workspace import Workspace
from labelviz.store.permissions import check_right
from labelviz.ui import state

LOOKING = "You look on here. An owner of this workspace can make you a reviewer."


def may(right: Right) -> bool:
    """Whether this visitor may do something in the workspace in view.

    Who is not known may what everybody may: nothing, once there are roles.
    """
    roles = _roles(None)
    if not roles.are_given:
        return True
    try:
        return roles.of(state.reviewer()).may(right)
    except NotSaved:
        return False


def check(right: Right, at: Workspace | None = None) -> None:
    """Raise NotSaved unless this visitor may do something in a workspace, or in that in view."""
    roles = _roles(at)
    if roles.are_given:
        check_right(roles, state.reviewer(), right)


def _roles(at: Workspace | None) -> Roles:
    if at is None and state.workspace_name():
        at = state.workspace()
    return Roles() if at is None else at.decisions.store.roles.now
