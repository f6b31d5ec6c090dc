from __future__ import annotations

import pytest

from labelviz.errors import TargetsRefused
from labelviz.layers.known import KINDS
from labelviz.layers.layer import by_default, read_layer


def test_a_layer_is_written_with_its_first_setting_and_what_is_not_the_default():
    assert str(by_default(KINDS["dynamic"])) == "dynamic:max=0.2"
    assert str(read_layer(KINDS["dynamic"], 'by=map, "a"=0.3')) == 'dynamic:max=0.2,by=map,"a"=0.3'
    assert str(by_default(KINDS["hard"])) == "hard"


def test_settings_that_cannot_be_read_are_refused():
    with pytest.raises(TargetsRefused, match="cannot be read"):
        read_layer(KINDS["smooth"], 'off"=0.1')
