from __future__ import annotations

import pytest
from hypothesis import given

from labelviz.errors import TargetsRefused
from labelviz.layers.known import KINDS
from labelviz.layers.policy import parse_old_policy, parse_policy
from tests.layers.conftest import POLICIES


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("hard", "hard"),
        ("smooth", "smooth:off=0.1"),
        (" smooth: off = 0.2 ", "smooth:off=0.2"),
        ("dynamic", "dynamic:max=0.2"),
        ("dynamic:power=2", "dynamic:max=0.2,power=2"),
        ("smooth:off=0.12345678901", "smooth:off=0.12345678901"),
        ("smooth:off=1e-7", "smooth:off=0.0000001"),
        ("hard+smooth", "smooth:off=0.1"),
        ("thin + dynamic:by=margin,max=0.3", "dynamic:max=0.3,by=margin + thin:keep=0.25"),
        ("people", "hard"),
        (
            "duplicates+people:doubt=0.5 + votes",
            "votes:model=1 + people:doubt=0.5 + duplicates:power=1",
        ),
        ('asymmetric:off=0.1,"a+b, \\"c\\""=0.02', 'asymmetric:off=0.1,"a+b, \\"c\\""=0.02'),
        ('slices:column="my kind"', 'slices:column="my kind"'),
        ("slices:column=kind", "slices:column=kind"),
    ],
)
def test_a_policy_is_read_and_written(text: str, written: str):
    assert str(parse_policy(text)) == written


@given(POLICIES)
def test_a_written_policy_reads_back_exactly(text: str):
    policy = parse_policy(text)
    assert parse_policy(str(policy)) == policy


@pytest.mark.parametrize("name", KINDS)
def test_every_layer_can_be_named_without_settings(name: str):
    layer = next(each for each in parse_policy(name).layers if each.kind.name == name)
    assert dict(layer.settings) == {key: each.default for key, each in KINDS[name].settings.items()}


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("soft", "There is no layer 'soft'.", "smooth, asymmetric, dynamic"),
        ("", "There is no layer ''.", "hard, given"),
        ("hard:off=0.1", "has no setting 'off'", "none"),
        ("smooth:of=0.1", "has no setting 'of'", "off"),
        ("smooth:off=0.5", "off=0.5 is not between 0 and 0.45.", "from 0 to 0.45"),
        ("smooth:off=-0.1", "off=-0.1 is not between", "from 0 to 0.45"),
        ("smooth:off=nan", "off=nan is not between", "from 0 to 0.45"),
        ("smooth:off=0,1", "has no setting '1'", "off"),
        ("smooth:off", "off= is not between", "from 0 to 0.45"),
        ("smooth + smooth:off=0.2", "“smooth” is named twice", "once"),
        ("given + votes", "begins with one of", "hard, given, votes"),
        ('hard:"a"=0.1', "takes no number for a class", "none"),
        ('slices:column="a', "A double quote is not closed", "Close it"),
        ('slices:column="\\x"', "is not quoted", "double quote"),
        ("dynamic:by=luck", "by=luck is none of the words", "entropy, margin, map, area"),
        ("dynamic:power=0", "power=0 is not between 0.1 and 10", "from 0.1 to 10"),
    ],
)
def test_a_policy_that_is_none_is_refused(text: str, what: str, hint: str):
    with pytest.raises(TargetsRefused) as refused:
        parse_policy(text)
    assert what in refused.value.what
    assert hint in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "pool", "means"),
    [
        ("hard", False, "hard"),
        ("smooth:off=0.06", False, "smooth:off=0.06 + people:doubt=1"),
        ("dynamic:max=0.2,power=1", False, "dynamic:max=0.2 + people:doubt=1"),
        ("given", True, "given + people:doubt=1,disputed=pooled"),
        ("hard", True, "people:doubt=1,disputed=pooled"),
    ],
)
def test_a_policy_from_before_there_were_layers_means_the_same(text: str, pool: bool, means: str):
    assert str(parse_old_policy(text, pool=pool)) == means
