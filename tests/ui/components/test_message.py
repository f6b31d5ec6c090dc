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


def failing_twice() -> None:
    from labelviz.errors import FileRefused
    from labelviz.ui.components import message

    message.show(FileRefused("It broke."))
    message.show(FileRefused("It broke."))


def test_several_errors_stand_on_one_page() -> None:
    app = AppTest.from_function(failing_twice).run()
    assert not app.exception
    assert sum("It broke." in str(each.value) for each in app.html) == 2


def test_all_four_parts_are_said() -> None:
    app = AppTest.from_function(failing).run()
    said = " ".join(str(each.value) for each in (*app.html, *app.text))
    for part in ("It &lt;b&gt;broke&lt;/b&gt;.", "a.csv, line 3", "All is safe.", "Mend it."):
        assert part in said


def failing_fragment() -> None:
    import streamlit as st

    from labelviz.errors import FileRefused
    from labelviz.ui.components import message

    @st.fragment
    @message.shows_errors
    def draw() -> None:
        st.text("before")
        raise FileRefused("It broke.", remedy="Mend it.")

    draw()
    st.text("after")


def test_what_breaks_in_a_fragment_is_said_there_and_the_page_goes_on() -> None:
    app = AppTest.from_function(failing_fragment).run()
    assert not app.exception
    assert any("It broke." in str(each.value) for each in app.html)
    assert [str(each.value) for each in app.text] == ["before", "after"]
