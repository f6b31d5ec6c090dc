from __future__ import annotations

import pytest
import sqlalchemy as sa

from labelviz.errors import NotSaved
from labelviz.store.permissions import check_permission
from tests.conftest import assert_message, decision_of


def test_everybody_with_a_name_may_decide():
    with sa.create_engine("sqlite://").connect() as connection:
        check_permission(connection, decision_of("1"))
        with pytest.raises(NotSaved) as refused:
            check_permission(connection, decision_of("1", reviewer=" "))
    assert_message(refused.value, "no reviewer", "s0", "is safe", "give your name")
