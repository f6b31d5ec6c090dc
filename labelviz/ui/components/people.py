"""People: what each reviewer has done, for whoever owns the workspace, and who is what."""

from __future__ import annotations

import streamlit as st

from labelviz.core.roles import OTHER_ROLES, ROLES, Role, Roles
from labelviz.core.workload import Workload, workloads
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import GiveRoles
from labelviz.store.limits import LONGEST_NAME
from labelviz.ui import identity, rights, state
from labelviz.ui.components import literal, message, notice

SECONDS = "Seconds per decision"
TITLE, ROLES_TITLE = "Who reviews", "Roles"
NO_ROLE = ""
ROLE_WORDS: dict[str, str] = {
    "viewer": "Viewer: looks on and exports",
    "reviewer": "Reviewer: decides",
    "adjudicator": "Adjudicator: decides, and settles for everybody",
    "owner": "Owner: changes what everybody sees, and gives roles",
    NO_ROLE: "No role: like everybody else",
}
SHORT_WORDS: dict[Role, str] = {
    "viewer": "viewer", "reviewer": "reviewer", "adjudicator": "adjudicator", "owner": "owner",
}  # fmt: skip
NOBODY = (
    "Nobody has a role, so everybody may do everything. The first role is that of an owner: yours."
)
FIRST_OWNER = (
    "Nobody has a role, so everybody may do everything. Whoever runs labelviz names the first "
    "owner: labelviz store roles WORKSPACE --owner NAME."
)
TYPED = (
    "Here everybody types their name, so anybody may take any name. Roles keep what they promise "
    "behind a login or a proxy that says who comes; see the README."
)
NO_ROLES = (
    "Whoever has a role loses it, {people:,} in all. Everybody may do everything then, and only "
    "giving roles again brings them back."
)
SETTLES_OWN = "May settle also what they decided on themselves"


def show(workspace: Workspace) -> None:
    """Show it to owners; where nobody has a role, to everybody once there is something to show."""
    if not rights.may("change"):
        return
    roles = workspace.decisions.store.roles.now
    people = workspace.decisions.people
    if people:
        st.subheader(TITLE)
        _table(_workloads(workspace, people), roles)
    with st.expander(ROLES_TITLE, key="roles"):
        _give(workspace, roles)


def _workloads(workspace: Workspace, people: frozenset[str]) -> tuple[Workload, ...]:
    assigned = workspace.decisions.store.assignments
    review, statuses = workspace.decisions.reviewed
    dealt = {each: assigned.of(each) or () for each in people} if assigned.exist() else None
    return workloads(review, statuses, people, dealt)


def _table(found: tuple[Workload, ...], roles: Roles) -> None:
    shown: dict[str, list[object]] = {"Person": [each.person for each in found]}
    if roles.are_given:
        shown["Role"] = [SHORT_WORDS[roles.of(each.person).role] for each in found]
    shown["Samples decided"] = [each.decided for each in found]
    if any(each.dealt is not None for each in found):
        shown["Dealt to them"] = [each.dealt for each in found]
        shown["Of those waiting"] = [each.waiting for each in found]
    if any(each.settled for each in found):
        shown["Settled by others"] = [each.settled for each in found]
        shown["Of those otherwise"] = [each.overruled for each in found]
    shown[SECONDS] = ["" if each.seconds is None else f"{each.seconds:.1f}" for each in found]
    shown["Last seen deciding (UTC)"] = [each.latest[:16].replace("T", " ") for each in found]
    st.dataframe(
        literal.table(shown),
        column_config={SECONDS: st.column_config.TextColumn(alignment="right")},
        hide_index=True,
        key="people",
    )


def _give(workspace: Workspace, roles: Roles) -> None:
    """Give a role, or take one away."""
    if not roles.are_given and identity.is_shared():
        notice.quiet(FIRST_OWNER)
        return
    if not identity.is_vouched():
        notice.quiet(TYPED)
    if not roles.are_given:
        notice.quiet(NOBODY)
        me = state.reviewer()
        if st.button("Make me the owner", key="first owner", disabled=not identity.is_named()):
            _ask(workspace, GiveRoles(owners=(me,), settle_own=(me,)))
        return
    for name, member in roles.people.items():
        more = [SETTLES_OWN] if member.settles_own else []
        notice.quiet(f"{name} – {ROLE_WORDS[member.role]}", *more)
    with st.form("give role", border=False, clear_on_submit=True):
        left, middle = st.columns([2, 3])
        name = left.text_input("Name", key="name for role", max_chars=LONGEST_NAME)
        role = middle.selectbox(
            "Becomes", [*ROLES, NO_ROLE], index=ROLES.index("reviewer"), key="role",
            format_func=ROLE_WORDS.__getitem__,
        )  # fmt: skip
        own = st.checkbox(SETTLES_OWN, key="settles own")
        given = st.form_submit_button("Give this role", type="primary")
    if given and name.strip():
        _ask(workspace, _request(name.strip(), role, settles_own=own))
    others = st.selectbox(
        "Everybody who is not named", OTHER_ROLES, index=OTHER_ROLES.index(roles.others),
        format_func=ROLE_WORDS.__getitem__, key=f"others are {roles.others}",
    )  # fmt: skip
    if others != roles.others:
        _ask(workspace, GiveRoles(others=others))
    with st.popover("Take all roles away", key="no roles"):
        notice.quiet(NO_ROLES.format(people=len(roles.people)))
        if st.button("Take them away", key="take roles away", type="primary"):
            _ask(workspace, GiveRoles(free=True))


def _request(name: str, role: str, *, settles_own: bool) -> GiveRoles:
    own = (name,) if settles_own and role != NO_ROLE else ()
    return GiveRoles(
        owners=(name,) if role == "owner" else (),
        adjudicators=(name,) if role == "adjudicator" else (),
        reviewers=(name,) if role == "reviewer" else (),
        viewers=(name,) if role == "viewer" else (),
        without=(name,) if role == NO_ROLE else (),
        settle_own=own,
    )


def _ask(workspace: Workspace, request: GiveRoles) -> None:
    try:
        request.asked_by(state.reviewer(), workspace)
    except LabelvizError as error:
        message.show(error)
        return
    st.rerun()
