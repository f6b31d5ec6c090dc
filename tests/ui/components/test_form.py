from __future__ import annotations

from streamlit.testing.v1 import AppTest

from labelviz.core.asked import entry
from labelviz.tables.columns import Columns


def page_of_fields() -> None:
    import streamlit as st

    from labelviz.ui.components.form import Form

    form = Form("f")
    form.start(one="b", many=["a", "z"], text=" x ", lines="p\n\n q ", tick=True)
    options = ["a", "b"] if st.toggle("b is there", value=True) else ["a", "c"]
    st.button("Change", on_click=form.put, kwargs={"one": "a", "tick": False})
    if st.toggle("shown", value=True):
        one = form.select("one", "One", options)
        many = form.several("many", "Many", options)
        rest = (form.line("text", "Text"), form.lines("lines", "Lines"), form.yes("tick", "Tick"))
        st.text(repr((one, many, *rest)))


def said(page: AppTest) -> str:
    assert not page.exception
    return page.text[0].value


def test_fields_begin_with_their_first_values_and_keep_what_is_typed():
    page = AppTest.from_function(page_of_fields).run()
    assert said(page) == repr(("b", ("a",), " x ", ("p", "q"), True))
    page.text_input[0].set_value("typed").run()
    page.toggle[1].set_value(False).run()
    page.toggle[1].set_value(True).run()
    assert said(page) == repr(("b", ("a",), "typed", ("p", "q"), True))


def test_a_button_may_change_a_field():
    page = AppTest.from_function(page_of_fields).run()
    page.button[0].click().run()
    assert said(page) == repr(("a", ("a",), " x ", ("p", "q"), False))


def test_a_value_that_is_no_option_any_more_gives_way():
    page = AppTest.from_function(page_of_fields).run()
    page.toggle[0].set_value(False).run()
    assert said(page).startswith("('a', ('a',)")


def test_the_help_of_a_field_is_that_of_the_value_that_is_asked_for():
    def page_of_help() -> None:
        from labelviz.tables.columns import Columns
        from labelviz.ui.components.form import Form

        form = Form("f", Columns)
        form.line("separator", "Separator")
        form.yes("exact_ids", "Exact", help="My own words.")
        form.line("name", "Name")

    page = AppTest.from_function(page_of_help).run()
    helps = [each.help for each in (*page.text_input, *page.checkbox)]
    assert helps == [entry(Columns, "separator").about.help, "", "My own words."]
