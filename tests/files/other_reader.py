"""pyarrow, the other reader of formats that we read with Polars: what one reads is what the other does.

It has no types. Where an environment is older than the lock file, its tests are left out, but never in CI.
"""

import importlib
import io
import os
from typing import Any

import pytest


def pyarrow(name: str = "") -> Any:  # noqa: ANN401  # a module without types
    """pyarrow, or one of its modules."""
    whole = f"pyarrow.{name}" if name else "pyarrow"
    if "CI" in os.environ:
        return importlib.import_module(whole)
    return pytest.importorskip(whole, reason="run `make setup-dev`: pyarrow came with it")


def parquet_of(table: Any, **options: object) -> bytes:  # noqa: ANN401  # a table of pyarrow's
    buffer = io.BytesIO()
    pyarrow("parquet").write_table(table, buffer, **options)
    return buffer.getvalue()


def arrow_of(table: Any, kind: str = "stream", rows: int | None = None, **options: object) -> bytes:  # noqa: ANN401
    """An IPC stream or file, in batches of at most so many rows."""
    ipc, buffer = pyarrow("ipc"), io.BytesIO()
    new = ipc.new_stream if kind == "stream" else ipc.new_file
    with new(buffer, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return buffer.getvalue()
