from __future__ import annotations

import json

import pytest

from labelviz.core.files import sha256
from labelviz.processes import changing
from labelviz.tables.export import MANIFEST
from labelviz.ui.components import exporting
from tests.conftest import until
from tests.ui.conftest import button, words

GOES_ON = "A file is being written and checked. That goes on if you leave"


def facts_of(page) -> dict[str, str]:
    shown = page.dataframe[-1].value
    return dict(zip(shown["Fact"], shown["Value"], strict=True))


@pytest.mark.bad_input("J17")
def test_an_export_goes_on_without_who_asked_and_everybody_sees_it(
    open_page, workspace, monkeypatch
):
    monkeypatch.setattr(exporting, "PATIENCE_SECONDS", 0.0)
    manifest = workspace.path / "exports" / MANIFEST
    page = open_page("targets", workspace.path)
    with changing(manifest):
        button(page, "Write an export file").click().run()
        assert GOES_ON in words(page)
        other = open_page("targets", workspace.path, "ann")
        assert GOES_ON in words(other)
        assert button(other, "Write an export file").disabled
        assert "Nothing was exported yet." in words(other)
    path = manifest.with_name("targets-001.csv")
    until(path.is_file)
    until(lambda: exporting._latest()[workspace.path].done())
    back = open_page("targets", workspace.path)
    assert GOES_ON not in words(back)
    assert not button(back, "Write an export file").disabled
    facts = facts_of(back)
    assert (facts["File"], facts["SHA-256"]) == (path.name, sha256(path))
    assert facts["Size"] == f"{path.stat().st_size:,} bytes"


def test_why_no_file_was_written_is_said_once(open_page, workspace):
    manifest = workspace.path / "exports" / MANIFEST
    page = open_page("targets", workspace.path)
    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text(json.dumps({"somebody": "else's"}))
    button(page, "Write an export file").click().run()
    assert "holds a manifest.json that labelviz did not write" in words(page)
    manifest.unlink()
    again = open_page("targets", workspace.path)
    assert "did not write" not in words(again)
    button(again, "Write an export file").click().run()
    assert facts_of(again)["File"] == "targets-001.csv"


def test_why_no_file_was_written_is_said_to_who_asked_whoever_looks_first(
    open_page, workspace, monkeypatch
):
    monkeypatch.setattr(exporting, "PATIENCE_SECONDS", 0.0)
    manifest = workspace.path / "exports" / MANIFEST
    page = open_page("targets", workspace.path)
    with changing(manifest):
        button(page, "Write an export file").click().run()
        manifest.write_text(json.dumps({"somebody": "else's"}))
    until(lambda: exporting._latest()[workspace.path].done())
    manifest.unlink()
    assert "did not write" not in words(open_page("targets", workspace.path, "ann"))
    assert "did not write" in words(page.run())
    assert "did not write" not in words(page.run())


def test_a_fault_of_ours_is_not_hidden(open_page, workspace, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    page = open_page("targets", workspace.path)
    monkeypatch.setattr("labelviz.requests.targets.Export.run", broken)
    page = button(page, "Write an export file").click().run()
    assert [each.proto.type for each in page.exception] == ["ZeroDivisionError"]
