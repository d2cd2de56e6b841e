"""Binary search in many sorted runs at once: which entry was valid at each row's time, for whole columns."""

import numpy as np
from numpy.typing import NDArray


def last_at_or_before(
    first: NDArray[np.int64], key: NDArray[np.int64], group: NDArray[np.integer], at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The last element of each row's group whose key is not after the row's.

    Args:
        first: int64[groups + 1]; group g lies at `first[g] … first[g + 1] - 1` of `key`.
        key: int64[k], ascending within each group.
        group: int[n], every one in `0 … groups - 1`.
        at: int64[n].

    Returns:
        int64[n], indices into `key`; `first[group] - 1` where there is none.
    """
    low, high = first[group], first[group + 1]
    if key.size == 0:
        return low - 1
    longest = int(np.diff(first).max(initial=0))
    for _ in range(longest.bit_length()):
        middle = (low + high) >> 1
        started = (low < high) & (key[np.minimum(middle, key.size - 1)] <= at)
        low = np.where(started, middle + 1, low)
        high = np.where(started, high, middle)
    return low - 1
