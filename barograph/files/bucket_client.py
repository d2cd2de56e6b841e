"""Opens buckets with pyarrow, without the SDK's search for what the settings have said already.

AWS's SDK looks for more than it needs: each client asks the address at which a machine of AWS describes
itself. Elsewhere nobody answers there, and the first use of a bucket waits for it.

Why: decision 671.
"""

import importlib
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_NO_METADATA = "AWS_EC2_METADATA_DISABLED"


def open_bucket(url: str) -> tuple[Any, str]:
    """A file system of pyarrow, and what its keys begin with.

    Args:
        url: as pyarrow understands it. Who may is said there, or by the environment as AWS has it.

    Raises:
        OSError: the bucket's region is asked for, and nobody answers.
    """
    if is_told_all(url, os.environ):
        os.environ.setdefault(_NO_METADATA, "true")
    # Here, for most programs use no bucket. It has no types of its own.
    fs: Any = importlib.import_module("pyarrow.fs")
    return fs.FileSystem.from_uri(url)


def is_told_all(url: str, environment: Mapping[str, str]) -> bool:
    """Whether the key is known, and where the bucket is."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    has_key = bool(parts.username and parts.password) or bool(
        environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY")
    )
    return has_key and ("region" in options or "endpoint_override" in options)
