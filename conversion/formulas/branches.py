"""Which rows belong to which branch of a formula that is defined branch by branch."""

from collections.abc import Iterator

import numpy as np

from conversion.arrays import Floats, Indices


def branches(values: Floats, edges: Floats) -> Iterator[tuple[int, slice | Indices]]:
    """Branches that have rows, with their rows: branch k holds values from edges[k - 1] up to edges[k].

    `edges` float64[k] must rise; an edge belongs to the branch above it, NaN to the last. Most columns
    lie within one branch, whose rows then come as a slice, which costs nothing to take.
    """
    ends = np.array([np.fmin.reduce(values, initial=np.inf), np.max(values, initial=-np.inf)])
    lowest, highest = np.searchsorted(edges, ends, side="right").tolist()
    if lowest == highest:
        yield lowest, slice(None)
        return
    branch = np.searchsorted(edges, values, side="right")
    for number in range(lowest, highest + 1):
        rows = np.flatnonzero(branch == number)
        if rows.size:
            yield number, rows
