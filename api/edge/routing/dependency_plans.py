"""Plans of a route's dependencies, made once, by which FastAPI solves each of them once for a request.

A route's signature says who calls, for what right, and in which transaction; several of its parts ask for the
same. FastAPI keeps what a part gave, but solves all that this part asks for again before it looks there:

    route ─▶ grant ─▶ credential ─▶ header, cookie, shared        route ─▶ grant ─▶ credential, in one call
          ─▶ claim ─▶ caller ─▶ credential ─▶ header, …      =>         ─▶ claim ─▶ caller ─▶ credential, kept

The OpenAPI document is made of the signatures as they are.

Why: decision 950.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

Dependency = TypeVar("Dependency", bound=Callable[..., Any])
_AT_ONCE = "at_once"


def done_at_once_by(
    function: Callable[[HTTPConnection], Awaitable[Any]],
) -> Callable[[Dependency], Dependency]:
    """Marks a dependency that a function of the request does together with all that it depends on."""

    def mark(dependency: Dependency) -> Dependency:
        setattr(dependency, _AT_ONCE, function)
        return dependency

    return mark


def plan(dependant: Dependant) -> Dependant:
    """Plans which dependencies to solve for this signature."""
    return _planned(dependant, set())


def _planned(dependant: Dependant, known: set[object]) -> Dependant:
    parts: list[Dependant] = []
    for part in dependant.dependencies:
        planned = _at_once(part) or _planned(part, known)
        if planned.use_cache and planned.call in known and not _may_err(part):
            planned = _bare(planned)
        known.add(planned.call)
        parts.append(planned)
    return replace(dependant, dependencies=parts)


def _at_once(dependant: Dependant) -> Dependant | None:
    function = getattr(dependant.call, _AT_ONCE, None)
    if function is None:
        return None
    return replace(_bare(dependant), call=function, http_connection_param_name="request")


def _bare(dependant: Dependant) -> Dependant:
    """Asks for nothing."""
    return Dependant(name=dependant.name, call=dependant.call, path=dependant.path, scope=dependant.scope)


def _may_err(dependant: Dependant) -> bool:
    """Whether something that a client sends may be invalid; then nothing is kept that could be taken."""
    parameters = (
        dependant.path_params,
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.body_params,
    )
    return any(parameters) or any(map(_may_err, dependant.dependencies))
