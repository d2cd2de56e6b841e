"""Files with secrets: never readable by others, never half written, and there after a power cut."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp

from barograph.files.durable_files import sync_path


def write_private(path: Path, text: str, give: Callable[[Path], None] | None = None) -> None:
    """Put `text` in the place of what `path` held, in one step, mode 0600; `give` may change its owner."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if give is not None:
            give(draft)
        draft.replace(path)
        sync_path(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
