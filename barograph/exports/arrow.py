"""pyarrow, which has no types of its own."""

import importlib
from typing import Any

pa: Any = importlib.import_module("pyarrow")
parquet: Any = importlib.import_module("pyarrow.parquet")
ipc: Any = importlib.import_module("pyarrow.ipc")
