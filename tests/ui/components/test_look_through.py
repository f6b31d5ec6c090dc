from __future__ import annotations

from tests.conftest import decision_of
from tests.ui.conftest import words


def test_a_chain_is_a_line_and_a_card_for_each_link(open_page, predicted):
    predicted.decide(decision_of("1", "3", "soften", target={"no": 0.4, "yes": 0.6}))
    said = words(
        open_page("targets", predicted.path, policy="smooth:off=0.2", view="One sample", sample="3")
    )
    assert "given yes 1.00 → smooth 0.80 → reviewer 0.60 (ann)" in said
    for title in ("Given label", "Smooth: the same for every sample", "Reviewer"):
        assert f">{title}<" in said
    assert said.count("weight 1.00") == 3
