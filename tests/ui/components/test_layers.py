from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from labelviz.layers.known import KINDS
from labelviz.ui.components.layers import SETTING_WORDS


def drawn(space: str, text: str) -> None:
    import streamlit as st

    from labelviz.layers.policy import parse_policy
    from labelviz.project.workspace import Workspace
    from labelviz.ui.components import layers

    dataset = Workspace(space).dataset
    st.text(str(layers.edit(parse_policy(text), dataset, "here")))


def shown(path: Path, text: str) -> AppTest:
    return AppTest.from_function(drawn, args=(str(path), text)).run()


def test_every_setting_has_words():
    settings = {name for kind in KINDS.values() for name in kind.settings}
    assert settings == set(SETTING_WORDS)


def test_what_is_shown_is_what_the_policy_says(workspace):
    for text in (
        "hard",
        'smooth:off=0.12345 + asymmetric:off=0.1,"yes"=0.05 + people:doubt=0.5',
        "dynamic:max=0.3,by=margin + thin:keep=0.4,how=leave-out + balance:power=1",
        "slices:column=source,times=2",
        "given + relabel:above=0.9 + transition:model=given,per=source",
    ):
        page = shown(workspace.path, text)
        assert not page.exception
        assert page.text[-1].value == text


def test_a_layer_is_switched_on_and_off_and_moved(workspace):
    page = shown(workspace.path, "smooth:off=0.1")
    box = {each.label: each for each in page.checkbox}
    page = box[KINDS["smooth"].title].uncheck().run()
    assert page.text[-1].value == "hard"
    page = {e.label: e for e in page.checkbox}[KINDS["dynamic"].title].check().run()
    slider = next(each for each in page.slider if each.label.endswith("the hardest"))
    assert slider.set_value(0.4).run().text[-1].value == "dynamic:max=0.4"


def test_only_layers_with_something_to_go_by_are_on_offer(workspace):
    page = shown(workspace.path, "hard")
    offered = {each.label for each in page.checkbox}
    assert KINDS["confidence"].title not in offered
    assert KINDS["slices"].title in offered
    assert [each.options for each in page.radio] == [[KINDS["hard"].title]]
