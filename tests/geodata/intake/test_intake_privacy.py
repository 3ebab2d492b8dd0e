from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.intake import holds_identity_number


@pytest.mark.parametrize(
    "text",
    [
        # Worked by hand: 8112289874 gives 7+1+2+2+4+8+9+8+5 = 46, so the check digit is 4.
        "811228-9874",
        "8112289874",
        "19811228-9874",
        "198112289874",
        "811228+9874",
        "811228 9874",
        "811228 - 9874",
        "811228\u20139874",  # a dash, as word processors make it
        "811228\u00a09874",  # a space that does not break
        "8112\u200b289874",  # a space that does not show
        "\uff18\uff11\uff11\uff12\uff12\uff18-\uff19\uff18\uff17\uff14",  # full width
        "٨١١٢٢٨-٩٨٧٤",
        "Ringde om pnr811228-9874, återkommer.",
        "(19811228-9874)",
        "12 811228-9874",
        "0811228-9874",
        "811228-98741",
        "4711 8112289874",
        # A coordination number: 70-10-03 with 60 added to the day; 29 in all, so 1.
        "701063-2391",
        "Samordningsnummer 197010632391.",
    ],
)
def test_finds_identity_numbers(text: str) -> None:
    assert holds_identity_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "811228-9875",  # wrong check digit
        "811328-9874",  # no thirteenth month
        "811228-000",
        "Tel. 033-16 12 00 eller 0701-23 45 67",
        "2018-03-07 18:00-19:30",
        "12345678112289874",  # part of something longer
        "57.72104 12.93138",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert not holds_identity_number(text)


def check_digit(nine: str) -> int:
    """Luhn's formula (ISO/IEC 7812-1), by its table of doubled digits."""
    doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
    total = sum(doubled[int(d)] if i % 2 == 0 else int(d) for i, d in enumerate(nine))
    return -total % 10


@given(
    st.dates(date(1931, 1, 1), date(2018, 12, 31)),
    st.integers(1, 999),
    st.sampled_from(["", "-", " "]),
    st.booleans(),
    st.booleans(),
    st.text(st.characters(categories=["L", "P", "Zs"]), max_size=20),
)
def test_finds_every_right_number_and_no_wrong_one(
    born: date, serial: int, sign: str, century: bool, coordination: bool, around: str
) -> None:
    day = born.day + 60 * coordination
    six = f"{born:%y%m}{day:02}"
    check = check_digit(f"{six}{serial:03}")
    start = f"{born:%Y}"[:2] if century else ""
    text = f"{around} {start}{six}{sign}{serial:03}"
    assert holds_identity_number(f"{text}{check} {around}")
    assert not holds_identity_number(f"{text}{(check + 1) % 10} {around}")
