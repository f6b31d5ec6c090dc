from __future__ import annotations

from labelviz.tables.exported import NEEDED, OWN, exports, is_export, plain_name

NAMES = ["id", "text", "hard_label", "target_no", "target_a\nb", *OWN[1:]]


def test_an_export_is_known_by_its_columns_and_names_its_classes():
    (found,) = exports(NAMES)
    assert found.classes == ("no", "a\nb")
    assert (found.label, found.weight) == ("hard_label", "weight")
    assert found.names == tuple(NAMES[2:])
    without_provenance = [name for name in NAMES if name not in OWN or name in NEEDED]
    assert exports(without_provenance)[0].classes == ("no", "a\nb")


def test_each_of_several_exports_has_its_own():
    later = [f"labelviz_{name}" for name in ("hard_label", "target_x", *OWN[1:])]
    first, second = exports([*NAMES, *later])
    assert first.classes == ("no", "a\nb")
    assert (second.classes, second.weight) == (("x",), "labelviz_weight")
    assert plain_name("labelviz_labelviz_weight") == "weight"


def test_columns_of_somebody_behind_those_of_an_export_are_theirs():
    assert is_export(NAMES)
    assert not is_export([*NAMES, "answer"])
    assert not is_export(["id", "text", "label"])


def test_columns_that_are_not_whole_are_no_export():
    for gone in ("hard_label", "weight", "status", "policy"):
        assert exports([name for name in NAMES if name != gone]) == []
    assert exports([name for name in NAMES if not name.startswith("target_")]) == []
