"""How much tests try: little in CI, much in the nightly run, which is `pytest -m nightly`.

A property test that asks a database or a program for each example is decorated by `few_examples` in place of
`hypothesis.settings`. It runs in both, in its short and in its long form. The long form ends when it has
tried all, or after `NIGHTLY_S`: so the whole night has an end, and each night tries others.
`BAROGRAPH_TEST_EXAMPLES_S` gives each test longer.

Of a long table of cases that are alike, `some_of` gives CI a few, each commit others.

Why: decision 1260.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, wraps
from math import inf
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast
from unittest import SkipTest

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.errors import HypothesisException

# Of a property test that does not say how many.
EXAMPLES, NIGHTLY_EXAMPLES = 30, 300
NIGHTLY_TIMES = 50
NIGHTLY_S = float(os.environ.get("BAROGRAPH_TEST_EXAMPLES_S") or 120)
TIMEOUT_S = NIGHTLY_S + 1200
"""To make the example small that fails, too."""
IS_NIGHTLY = "BAROGRAPH_TEST_NIGHTLY"
"""Set by `tests/conftest.py` before tests are collected."""
SAMPLE = "BAROGRAPH_TEST_SAMPLE"
"""Which cases CI takes; the commit, unless it is set."""
ROOT = Path(__file__).parent.parent
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


def try_as_many_as_there_is_time_for() -> None:
    """Once for a run, before tests are collected."""
    usual = settings.get_profile(settings.get_current_profile_name())  # in CI, the same examples each time
    count = NIGHTLY_EXAMPLES if is_nightly() else EXAMPLES
    # A machine that is busy with other things is no failure.
    settings.register_profile("any machine", usual, deadline=None, max_examples=count)
    settings.load_profile("any machine")


def also_nightly_item(item: pytest.Item) -> None:
    """Property tests run by night too, if they have no long form of their own."""
    is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    if is_property and is_nightly() and item.get_closest_marker("nightly") is None:
        item.add_marker(pytest.mark.nightly)
        item.add_marker(pytest.mark.timeout(TIMEOUT_S))


def _trying(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def some_of(cases: Iterable[object], count: int) -> list[pytest.ParameterSet]:
    """All of them, for `parametrize`: so many for CI, the others nightly. A commit always takes the same."""
    every = list(cases)
    taken = set(Random(sample()).sample(range(len(every)), min(count, len(every))))  # noqa: S311  # no secret
    return [pytest.param(case, marks=_nightly_unless(n in taken)) for n, case in enumerate(every)]


def in_its_turn(place: int, of: int) -> Callable[[T], T]:
    """For one of so many tests that are alike and dear: one of them runs in CI, for each commit another."""
    return lambda test: test if Random(sample()).randrange(of) == place else pytest.mark.nightly(test)  # noqa: S311


@cache
def sample() -> str:
    """What chooses the cases."""
    if given := os.environ.get(SAMPLE):
        return given
    if shutil.which("git") is None:  # a machine that was given a copy
        return ""
    asked = ["git", "rev-parse", "HEAD"]
    return subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()


def _nightly_unless(is_taken: bool) -> tuple[pytest.MarkDecorator, ...]:
    return () if is_taken else (pytest.mark.nightly,)
