from __future__ import annotations

import pytest

from labelviz.core.families import families, family


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("llm_gpt52_al", "gpt52"),
        ("gpt52-relabel", "gpt52"),
        ("llm_flan-t5-xl", "flan"),
        ("llm_1", "1"),
        ("label", "label"),
        ("标注员_甲", "标注员"),
        ("!", "!"),
    ],
)
def test_the_first_telling_part_names_the_family(name: str, of: str):
    assert family(name) == of


def test_families_keep_the_order_of_their_first_members():
    names = ("flan_a", "gpt_1", "flan_b", "llm_2")
    assert families(names) == (("flan_a", "flan_b"), ("gpt_1",), ("llm_2",))
