from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from labelviz.core.threads import one_thread


def threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {each["num_threads"] for each in threadpool_info()}


def test_one_thread_inside_and_as_many_as_before_afterwards():
    with threadpool_limits(2):
        with one_thread():
            assert threads() == {1}
        assert threads() == {2}
