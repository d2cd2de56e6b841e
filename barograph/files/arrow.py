"""pyarrow and its modules as `Any`: it has no types of its own. `pyarrow.parquet` imports all of these."""

import importlib
from typing import Any

pa: Any = importlib.import_module("pyarrow")
parquet: Any = importlib.import_module("pyarrow.parquet")
ipc: Any = importlib.import_module("pyarrow.ipc")
fs: Any = importlib.import_module("pyarrow.fs")
