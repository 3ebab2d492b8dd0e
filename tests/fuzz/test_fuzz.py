"""Some spoilt files of every format; `fuzz.py` beside this reads as many as one has time for."""

from __future__ import annotations

import pytest

from .fuzz import FORMATS, outcome, run, spoilt

SOME = 25


@pytest.mark.parametrize("format_", FORMATS)
def test_spoilt_files_end_in_a_report_or_in_words(format_: str) -> None:
    found = {number: outcome(format_, number) for number in range(SOME)}
    assert {number: what for number, what in found.items() if what.startswith("!")} == {}
    # Changes that leave nothing to be read, or nothing to be refused, try nothing.
    assert len(set(found.values())) > 1


def test_a_number_gives_the_same_file_and_what_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert spoilt("gpx", 7) == spoilt("gpx", 7) != spoilt("gpx", 8)
    found = run("csv", 3, 2)
    assert (sum(found.counts.values()), found.wrong) == (2, {})
    # A process that can't even begin is told with the number that it had come to.
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert run("csv", 3, 1).wrong == {3: "the process ended: 1"}
