"""An event loop whose time passes only while everybody waits, and threads that take turns with it.

A thread of the product is a greenlet here: it runs until it waits, and nobody runs beside it. So a story has
one order of events, which its seed decides.
"""

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVarTuple

from greenlet import getcurrent, greenlet

Ts = TypeVarTuple("Ts")
# Which process of the story runs, where it is not the world itself.
PROCESS: contextvars.ContextVar["SimulatedProcess | None"] = contextvars.ContextVar("process", default=None)


MAX_STEPS = 200_000


class ProcessDied(BaseException):
    """What a thread of a killed process meets where it waits. No code catches it."""


class Stalled(AssertionError):
    """Everybody waits, and nothing will ever happen."""


class SimulatedProcess:
    """A process that can be killed: its tasks and threads end wherever they are."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        # All that it ever began; to forget those that are done would cost an event each.
        self.tasks: list[asyncio.Task[Any]] = []

    def die(self) -> None:
        """Ends everything of it at once."""
        self.is_alive = False
        for task in self.tasks:
            task.cancel()


class DueCall(asyncio.TimerHandle):
    """A call that is due, without all that a handle knows for debugging: most of a story is such calls."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context | None
    ) -> None:
        self._callback, self._args, self._cancelled = callback, args, False
        self._context = contextvars.copy_context() if context is None else context

    def cancel(self) -> None:
        self._cancelled = True

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Does it, in the context that it was asked for in."""
        try:
            self._context.run(self._callback, *self._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # as event loops do
            loop.call_exception_handler({"message": "a call failed", "exception": error})


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready, and else moves the clock on to what comes next.

    Args:
        world: what the replaced parts belong to.

    Attributes:
        steps: how often it has moved on.
    """

    def __init__(self, world: object, max_time_s: float) -> None:
        super().__init__()
        self.world = world
        self.steps = 0
        # Nobody else holds on to a task, or a thread, that waits; and what is collected ends at any time.
        self.held: dict[object, None] = {}
        self._now_s = 0.0
        self._max_time_s = max_time_s
        self._soon: deque[DueCall] = deque()
        # When, and in which order they were asked for.
        self._later: list[tuple[float, int, DueCall]] = []
        self._asked = 0
        self.set_task_factory(_make_task)

    def time(self) -> float:
        return self._now_s

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: contextvars.Context | None = None
    ) -> DueCall:
        call = DueCall(callback, args, context)
        self._soon.append(call)
        return call

    call_soon_threadsafe = call_soon  # pyright: ignore[reportAssignmentType]  # threads are ours

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> DueCall:
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> DueCall:
        call = DueCall(callback, args, context)
        self._asked += 1
        heapq.heappush(self._later, (when, self._asked, call))
        return call

    def _run_once(self) -> None:
        """What is due now; if nothing is, time passes."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Stalled("what happens goes round in circles")
        later, soon = self._later, self._soon
        if not soon:
            self._pass_time()
        while later and later[0][0] <= self._now_s:
            soon.append(heapq.heappop(later)[2])
        for _ in range(len(soon)):
            call = soon.popleft()
            if not call.cancelled():
                call.run(self)

    def _pass_time(self) -> None:
        """To the next call that somebody still waits for.

        Raises:
            Stalled: nothing is due any more, or what happens goes on for ever.
        """
        later = self._later
        while later and later[0][2].cancelled():
            heapq.heappop(later)
        if not later:
            raise Stalled("everybody waits for somebody else")
        self._now_s = max(self._now_s, later[0][0])
        if self._now_s > self._max_time_s:
            raise Stalled(f"the story is not over after {self._max_time_s:.0f} s of its time")

    def run_out(self, farewell: Callable[[], None]) -> None:
        """Runs until nothing is left to happen after this."""
        self._max_time_s, self.steps = float("inf"), 0
        self.set_exception_handler(lambda _, __: None)  # what failed has been told
        self.call_soon(farewell)
        with suppress(Stalled):
            self.run_until_complete(self.create_future())

    def run_in_executor(  # pyright: ignore[reportIncompatibleMethodOverride]  # threads are ours
        self, _: object, func: Callable[[*Ts], Any], *args: *Ts
    ) -> asyncio.Future[Any]:
        """Starts a thread."""
        future: asyncio.Future[Any] = self.create_future()

        def work() -> None:
            try:
                run()
            finally:
                self.held.pop(thread, None)

        def run() -> None:
            try:
                result = func(*args)
            except ProcessDied:
                return
            except BaseException as error:  # noqa: BLE001  # as executors do
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)

        thread = greenlet(work)
        thread.gr_context = contextvars.copy_context()
        self.held[thread] = None
        self.call_soon(thread.switch)
        return future


class SimulatedEvent:
    """`threading.Event`, for a thread of the story."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[Callable[[], None]] = []

    def set(self) -> None:
        self._is_set = True
        for wake in self._waiters:
            wake()
        self._waiters.clear()

    def wait(self, timeout: float) -> bool:
        if not self._is_set:
            block_until(self._waiters.append, timeout)
        return self._is_set


class SimulatedLock:
    """`threading.Lock`, for threads of the story: who waits lets others run."""

    def __init__(self) -> None:
        self._is_held = False
        self._waiters: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        while self._is_held:
            block_until(self._waiters.append)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()


def running_loop() -> VirtualLoop | None:
    """The story's, from a task or a thread of it."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop if isinstance(loop, VirtualLoop) else None


def block_s(delay_s: float) -> None:
    """A thread waits."""
    asyncio.get_running_loop().call_later(delay_s, _resume(getcurrent()))
    getcurrent().parent.switch()  # pyright: ignore[reportOptionalMemberAccess]  # a thread has the loop as parent


def block_until(give: Callable[[Callable[[], None]], None], timeout_s: float | None = None) -> None:
    """A thread waits until somebody calls what is given to them, or it is late."""
    worker, loop = getcurrent(), asyncio.get_running_loop()
    is_awake = False

    def wake() -> None:
        nonlocal is_awake
        if not is_awake:
            is_awake = True
            loop.call_soon(_resume(worker))

    give(wake)
    if timeout_s is not None:
        loop.call_later(timeout_s, wake)
    worker.parent.switch()  # pyright: ignore[reportOptionalMemberAccess]  # as above


def _resume(worker: greenlet) -> Callable[[], None]:
    def switch() -> None:
        worker.switch()

    return switch


def _make_task(
    loop: asyncio.AbstractEventLoop,
    coroutine: Any,  # noqa: ANN401  # as asyncio hands them over
    **more: Any,  # noqa: ANN401
) -> asyncio.Task[Any]:
    assert isinstance(loop, VirtualLoop)
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    loop.held[task] = None
    process = PROCESS.get()
    if process is not None:
        process.tasks.append(task)
        if not process.is_alive:
            task.cancel()
    return task
