"""An error on the page: its four parts, literal."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def failing() -> None:
    from labelviz.errors import FileRefused
    from labelviz.ui.components import message

    message.show(
        FileRefused(
            "It <b>broke</b>.", where="a.csv, line 3", safe="All is safe.", remedy="Mend it."
        )
    )


def test_all_four_parts_are_said() -> None:
    app = AppTest.from_function(failing).run()
    said = " ".join(str(each.value) for each in (*app.html, *app.text))
    for part in ("It &lt;b&gt;broke&lt;/b&gt;.", "a.csv, line 3", "All is safe.", "Mend it."):
        assert part in said
