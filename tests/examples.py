"""How many examples property tests try: few in CI, many in the nightly run, which is `pytest -m nightly`.

A test that asks a database or a program for each example is decorated by `few_examples` in place of
`hypothesis.settings`. It runs in both, in its short and in its long form.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

NIGHTLY_TIMES = 50
TIMEOUT_S = 3600
IS_NIGHTLY = "BAROGRAPH_TEST_NIGHTLY"
"""Set by `tests/conftest.py` before tests are collected."""
T = TypeVar("T", bound=Callable[..., Any])


def few_examples(count: int) -> Callable[[T], T]:
    """So many in CI. Fixtures may belong to the test, for all examples together."""

    return lambda test: also_nightly(_trying(count * times())(test))


def times() -> int:
    """How many times as many as in CI are tried in this run."""
    return NIGHTLY_TIMES if IS_NIGHTLY in os.environ else 1


def also_nightly(test: T) -> T:
    """A test that runs in CI, and again in the nightly run, where it tries `times()` as many examples."""
    if times() == 1:
        return test
    return pytest.mark.nightly(pytest.mark.timeout(TIMEOUT_S)(test))


def _trying(count: int) -> settings:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
