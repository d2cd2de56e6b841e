"""The kinds of profile by name. A kind is one file here, with a `read` that turns fields into a formula."""

from collections.abc import Callable

from conversion.formula import Formula
from conversion.kinds import identity, linear, piecewise_linear, polynomial
from conversion.payload import Fields

KINDS: dict[str, Callable[[Fields], Formula]] = {
    "identity": identity.read,
    "linear": linear.read,
    "piecewise_linear": piecewise_linear.read,
    "polynomial": polynomial.read,
}
