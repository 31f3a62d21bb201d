"""Writing files so that a reader finds the old file or the whole new one, never half of it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (as UTF-8) or bytes to `path`, replacing what is there in one step.

    The content goes to a new file in the same folder first; if anything fails, that one is
    removed and `path` is as it was. An OSError where the folder cannot be written to.
    """
    target = Path(os.path.realpath(path))  # of a symbolic link, the file that it points to
    content = content.encode() if isinstance(content, str) else content
    unfinished = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
