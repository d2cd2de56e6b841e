"""pyarrow, which has no types of its own."""

import importlib
from typing import Any

pa: Any = importlib.import_module("pyarrow")
parquet: Any = importlib.import_module("pyarrow.parquet")
fs: Any = importlib.import_module("pyarrow.fs")
