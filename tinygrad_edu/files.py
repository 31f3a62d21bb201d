"""Writing files so that a reader finds the old file or the whole new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""What a .csv file begins with, for spreadsheets that take UTF-8 for another encoding without."""


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (as UTF-8) or bytes to `path`, replacing what is there in one step.

    The content goes to a new file in the same folder first; if anything fails, that one is
    removed and `path` is as it was. What it replaces keeps its permissions. An
    OSError that names `path` where it cannot be written, or is no regular file.
    """
    try:
        can_be = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        can_be = False
    if not can_be:
        raise ValueError(f"no file can be called {path!r}")
    content = content.encode() if isinstance(content, str) else content
    try:
        _write(Path(os.path.realpath(path)), content)  # of a symbolic link, what it points to
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write(target: Path, content: bytes) -> None:
    if target.is_symlink():  # one that leads to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "not a regular file, so it is not replaced")
    prefix = f".{target.name[:40]}."  # (no longer: a name has 255 bytes at most)
    _remove_abandoned(target.parent, prefix)
    unfinished = target.with_name(f"{prefix}{secrets.token_hex(8)}.tmp")
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, unfinished)
        os.replace(unfinished, target)
    except BaseException:
        with contextlib.suppress(OSError):  # as on a disk that is read only, where there is none
            unfinished.unlink(missing_ok=True)
        raise


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove what a process that was killed in the middle of writing left behind.

    Nobody writes one file for an hour, so nothing of a process that still runs is removed.
    """
    for left in folder.glob(f"{glob.escape(prefix)}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 3600.0:
                left.unlink()
