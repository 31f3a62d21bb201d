"""Files are written whole or not at all."""

from __future__ import annotations

import builtins
import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu.files import write_atomically

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(tinygrad_edu.__file__).parents[1])}


def test_text_and_bytes_arrive_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    write_atomically(path, "∂L/∂z₁\r\nnext\n")
    assert path.read_bytes() == "∂L/∂z₁\r\nnext\n".encode()
    write_atomically(str(path), b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert os.listdir(tmp_path) == ["ledger.csv"]


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def fail(*args: object) -> None:
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"disk full: '.*page.html'$"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["page.html"]


def test_text_that_has_no_utf8_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="permissions and links as on POSIX")
def test_permissions_and_links_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain, link = tmp_path / "plain", tmp_path / "link"
    plain.write_text("old")
    link.symlink_to(plain)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert plain.read_text() == "new"
    (tmp_path / "other").write_text("")
    assert stat.S_IMODE(plain.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="permissions as on POSIX")
def test_what_replaces_a_file_has_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_on_a_disk_that_is_read_only_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object, *arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)  # also of what is not there
    with pytest.raises(OSError, match=r"Read-only file system: '.*/page.html'$"):
        write_atomically(tmp_path / "page.html", "new")


@pytest.mark.skipif(os.name == "nt", reason="links as on POSIX")
def test_a_link_that_leads_to_itself_is_not_replaced(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match=r"symbolic links: '.*loop'$"):
        write_atomically(loop, "new")
    assert loop.is_symlink()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_atomically(tmp_path / "nowhere" / "x.csv", "")


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_what_a_killed_process_left_is_removed_by_the_next_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    write = f"import os\nos.fsync = lambda file: os.kill(os.getpid(), {signal.SIGKILL})\n"
    write += f"from tinygrad_edu.files import write_atomically as w\nw({str(path)!r}, 'new')"
    subprocess.run([sys.executable, "-c", write], check=False, env=ENVIRONMENT)
    (left,) = os.listdir(tmp_path)
    write_atomically(path, "whole")  # perhaps that process lives and is about to finish
    assert sorted(os.listdir(tmp_path)) == sorted([left, path.name])
    os.utime(tmp_path / left, (0.0, time.time() - 3700.0))
    write_atomically(path, "whole")
    assert os.listdir(tmp_path) == [path.name]


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, "text")
    assert path.read_text() == "text"
