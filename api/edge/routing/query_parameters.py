"""Which parameters a route reads from the query, and a word on all others.

A filter that is misspelt would be answered with everything, and of one that is given twice FastAPI takes the
last: neither is a question's answer, so both are refused.

Why: decision 1060.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, get_args, get_origin

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from starlette.datastructures import QueryParams

from barograph.errors import FieldError, Invalid
from barograph.similar import did_you_mean


@dataclass(frozen=True)
class QueryParameters:
    """The names that a route knows, and those of them that may be repeated."""

    known: frozenset[str]
    repeatable: frozenset[str]

    @classmethod
    def of(cls, dependant: Dependant) -> Self:
        """Collects the parameters of a route's signature, and of all dependencies that it names."""
        elsewhere = (params.Path, params.Header, params.Cookie)
        fields = [
            field for field in get_flat_params(dependant) if not isinstance(field.field_info, elsewhere)
        ]
        repeatable = (field.alias for field in fields if _is_list(field.field_info.annotation))
        return cls(frozenset(field.alias for field in fields), frozenset(repeatable))

    def check(self, given: QueryParams) -> None:
        """Comes back if each is known, and given as often as it is read.

        Raises:
            Invalid: names those that are not, with the nearest that there is.
        """
        if given.keys() <= self.known and len(given) == len(given.multi_items()):
            return
        names = Counter(name for name, _ in given.multi_items())
        unknown = sorted(names.keys() - self.known)
        repeated = sorted(name for name in names.keys() - self.repeatable - {*unknown} if names[name] > 1)
        if unknown or repeated:
            said = [*_said("unknown parameters", unknown), *_said("given more than once", repeated)]
            faults = [*map(self._unknown, unknown), *map(_repeated, repeated)]
            raise Invalid("; ".join(said), faults)

    def _unknown(self, name: str) -> FieldError:
        there = f"there are {', '.join(sorted(self.known))}" if self.known else "there are none"
        hint = did_you_mean(name, self.known)
        return FieldError(f"/query/{name}", f"no such parameter here: {there}{hint and '.' + hint}")


def _repeated(name: str) -> FieldError:
    return FieldError(f"/query/{name}", "has one value, and is given more than once")


def _said(what: str, names: Iterable[str]) -> Iterable[str]:
    return [f"{what}: {', '.join(names)}"] if names else []


def _is_list(annotation: object) -> bool:
    """Whether it takes several values, as a list or as one that may be left out."""
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))
