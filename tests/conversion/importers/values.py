"""What an imported profile gives, for comparison with the format's own rule."""

from collections.abc import Sequence

import numpy as np

from conversion import compile_profile
from conversion.arrays import Auxiliary, Floats
from conversion.importers.rule import PlainProfile


def physical(profile: PlainProfile, raw: Sequence[float], aux: Auxiliary | None = None) -> Floats:
    """Physical values of `raw`."""
    return compile_profile(profile).convert(np.array(raw, np.float64), aux).physical


def labels(profile: PlainProfile, codes: Sequence[float]) -> list[str | None]:
    """The labels of `codes`."""
    resolver = compile_profile(profile).labels
    assert resolver is not None
    return resolver.of(np.array(codes, np.float64))
