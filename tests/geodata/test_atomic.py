"""Files that are there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from geodata.atomic import written_whole


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with written_whole(path) as new:
        new.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="rights of another system")
def test_another_account_may_read_it(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.txt") as new:
        assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def written_half(path: Path) -> None:
    with written_whole(path) as new:
        new.write_text("half")
        raise OSError("disk full")


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(OSError, match="disk full"):
        written_half(path)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
