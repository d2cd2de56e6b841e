"""Which route a request is for, looked up by the segments of its path.

FastAPI asks one route after the other, which is a tenth of a small request by the hundredth:

    /api/v1/runs/4f…/overview ─▶ its segments where routes have literal ones ─▶ the few with these ─▶ a route
                                                                             ─▶ none: FastAPI's own way

Why: decision 950.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from operator import itemgetter

from fastapi import FastAPI
from starlette.convertors import PathConvertor
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

Literals = tuple[str, ...]
Places = tuple[int, ...]
# Where a route stands among all, and the route: the first that fits is the one.
Placed = tuple[int, Route]


def install_route_table(app: FastAPI) -> None:
    """Puts a table of the routes that the application has by now before its own search."""
    router = app.router
    router.middleware_stack = RouteTable(router.routes, router.middleware_stack)


class RouteTable:
    """Hands a request to the route that it fits wholly; all else, such as a wrong method, to `otherwise`."""

    def __init__(self, routes: Sequence[BaseRoute], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        by_places: dict[tuple[int, Places], dict[Literals, list[Placed]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for number, route in enumerate(takewhile(_has_its_place, routes)):
            if isinstance(route, Route):
                segments = route.path.split("/")
                places = tuple(place for place, segment in enumerate(segments) if "{" not in segment)
                by_places[len(segments), places][_literals(segments, places)].append((number, route))
        # By the number of segments: where literal ones stand, and the routes that have these.
        self._tables: dict[int, list[tuple[Places, dict[Literals, list[Placed]]]]] = defaultdict(list)
        for (count, places), table in by_places.items():
            self._tables[count].append((places, dict(table)))
        self._tables.default_factory = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self.candidates(scope["path"]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, route=route)
                    await route.handle(scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)

    def candidates(self, path: str) -> list[Route]:
        """Routes whose literal segments are the path's, in the order in which they stand."""
        segments = path.split("/")
        found = [
            placed
            for places, table in self._tables.get(len(segments), ())
            for placed in table.get(_literals(segments, places), ())
        ]
        return [route for _, route in sorted(found, key=_place)]


_place = itemgetter(0)


def _literals(segments: Sequence[str], places: Places) -> Literals:
    return tuple([segments[place] for place in places])


def _has_its_place(route: BaseRoute) -> bool:
    """Whether the number of segments of its paths is known. Those that stand behind one of which it is not,
    such as a mount, must be asked behind it.
    """
    if isinstance(route, WebSocketRoute):
        return True
    return isinstance(route, Route) and not any(
        isinstance(convertor, PathConvertor) for convertor in route.param_convertors.values()
    )
