"""How many examples property tests try: few in CI, many in the nightly run, which is `pytest -m nightly`.

A test that asks a database or a program for each example is decorated by `few_examples` in place of
`hypothesis.settings`. It runs in both, in its short and in its long form. The long form ends when it has
tried all, or after `NIGHTLY_S`: so the whole night has an end, and each night tries others.
`BAROGRAPH_TEST_EXAMPLES_S` gives each test longer.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from math import inf
from typing import Any, TypeVar, cast
from unittest import SkipTest

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.errors import HypothesisException

NIGHTLY_TIMES = 50
NIGHTLY_S = float(os.environ.get("BAROGRAPH_TEST_EXAMPLES_S") or 120)
TIMEOUT_S = NIGHTLY_S + 1200
"""To make the example small that fails, too."""
IS_NIGHTLY = "BAROGRAPH_TEST_NIGHTLY"
"""Set by `tests/conftest.py` before tests are collected."""
T = TypeVar("T", bound=Callable[..., Any])
C = TypeVar("C")


def few_examples(count: int) -> Callable[[T], T]:
    """So many in CI. Fixtures may belong to the test, for all examples together."""

    return lambda test: also_nightly(_trying(count * times())(test))


def times() -> int:
    """How many times as many as in CI are tried in this run."""
    return NIGHTLY_TIMES if is_nightly() else 1


def is_nightly() -> bool:
    return IS_NIGHTLY in os.environ


def also_nightly(test: T) -> T:
    """A test that runs in CI, and again in the nightly run, where it tries `times()` as many examples."""
    if not is_nightly():
        return test
    if hasattr(test, "hypothesis"):
        test = ended_in_time(test)
    return pytest.mark.nightly(pytest.mark.timeout(TIMEOUT_S)(test))


def in_time(cases: Iterable[C], seconds: float = NIGHTLY_S) -> Iterator[C]:
    """Those of a long form for which there is time."""
    over_s = time.monotonic() + seconds
    for case in cases:
        yield case
        if time.monotonic() > over_s:
            return


def tonight() -> int:
    """A seed that is another one each day. What fails must say by itself how it is repeated."""
    return datetime.now(UTC).toordinal()


def ended_in_time(test: T, seconds: float = NIGHTLY_S) -> T:
    """A test of Hypothesis that tries nothing new after so long. What fails is made small all the same."""
    handle = cast("Any", test).hypothesis
    attempt = handle.inner_test
    over_s, has_failed = inf, False

    @wraps(attempt)
    def example(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as the test's
        nonlocal has_failed
        if not has_failed and time.monotonic() > over_s:
            raise _TimeIsOver
        try:
            attempt(*args, **kwargs)
        except HypothesisException:  # an example that is not wanted
            raise
        except Exception:
            has_failed = True
            raise

    @wraps(test)
    def limited(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as the test's
        nonlocal over_s, has_failed
        over_s, has_failed = time.monotonic() + seconds, False
        with suppress(_TimeIsOver):
            test(*args, **kwargs)

    handle.inner_test = example
    return cast("T", limited)


class _TimeIsOver(SkipTest):
    """Hypothesis ends a test at once when an example raises this, as it does where one is skipped."""

    def __init__(self) -> None:
        super().__init__("no time is left")


def _trying(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
