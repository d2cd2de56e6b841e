"""The array types of the library, by meaning."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""float64[n]: raw or physical values, or one parameter per row."""

FlagWords = npt.NDArray[np.uint16]
"""uint16[n]: a `Flag` mask per row."""

Mask = npt.NDArray[np.bool_]
"""bool[n]: a choice of rows."""

Indices = npt.NDArray[np.intp]
"""intp[n]: positions in another array."""

Auxiliary = Mapping[str, Floats]
"""Other channels' physical values at the same instants, by channel name."""

Columns = Sequence[Floats]
"""Other channels' physical values at the same instants, in the order in which a profile names them."""
