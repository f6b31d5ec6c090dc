"""What a team's server is made of says the same everywhere: ports, names, headers, versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def deployed(name: str) -> str:
    return (ROOT / "deploy" / name).read_text("utf-8")


def test_nginx_leads_to_the_ports_that_processes_listen_on():
    served = set(re.findall(r"server 127\.0\.0\.1:(\d+)", deployed("nginx.conf")))
    assert served == set(re.findall(r"STREAMLIT_SERVER_PORT: (\d+)", deployed("compose.yaml")))
    assert served == set(re.findall(r"labelviz@(\d+)", deployed("labelviz@.service")))


def test_who_comes_is_said_under_one_name():
    told = re.findall(r"proxy_set_header (\S+) +\$remote_user", deployed("nginx.conf"))
    assert told == re.findall(r"LABELVIZ_IDENTITY_HEADER: (\S+)", deployed("compose.yaml"))
    assert told == re.findall(r"LABELVIZ_IDENTITY_HEADER=(\S+)", deployed("labelviz@.service"))


def test_the_image_copies_what_is_there_and_nothing_that_is_kept_out():
    copied = re.findall(r"^COPY (.+) \S+$", deployed("Dockerfile"), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    assert names == let_in
    assert all((ROOT / name).exists() for name in names)


def test_what_a_team_needs_is_pinned_to_what_the_extra_allows():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "requirements-team.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    asked = [Requirement(each) for each in extras["optional-dependencies"]["team"]]
    assert [(each.name, each.extras) for each in pins] == [(e.name, e.extras) for e in asked]
    for pinned, allowed in zip(pins, asked, strict=True):
        (version,) = pinned.specifier
        assert version.operator == "=="
        assert version.version in allowed.specifier
