"""The catalogue of bad inputs and the tests that hold it belong together."""

from __future__ import annotations

from collections import Counter

from tests.catalogue import cases, families, main, markers

SIZES = {
    "A": 38, "B": 20, "C": 13, "D": 18, "E": 18, "F": 21, "G": 23, "H": 26, "I": 22, "J": 17,
    "K": 14, "M": 16, "N": 9,
    "P": 21,
}  # fmt: skip


def test_every_case_is_in_the_catalogue_once_and_in_order():
    assert dict(Counter(name[0] for name in cases())) == SIZES
    assert list(cases()) == [f"{f}{n:02}" for f, size in SIZES.items() for n in range(1, size + 1)]
    assert list(families()) == list(SIZES)


def test_every_marker_names_a_case():
    known = cases()
    strangers = [
        f"{path.name}:{line} {name}" for name, path, line in markers() if name not in known
    ]
    assert strangers == []


def test_coverage_is_counted_by_family(capsys):
    main()
    said = capsys.readouterr().out.splitlines()
    held = {name for name, _, _ in markers()}
    of_c = sum(name[0] == "C" for name in held)
    assert any(line.startswith(f"C {of_c:>4} of  13") for line in said)
    assert said[-1] == f"   {len(held):>3} of 276  in all"
