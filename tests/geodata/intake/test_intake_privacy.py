from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.intake.values.privacy import holds_identity_number


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
        "811228   9874",
        "811228 - 9874",
        "811228 -9874",
        "811228--9874",
        "811228\u20139874",  # a dash, as word processors make it
        "811228\u22129874",  # a minus
        "811228\u00b79874",  # a dot in the middle
        "811228\u00a09874",  # a space that does not break
        "811228\t9874",
        "811228\n9874",
        "8112\u200b289874",  # a space that does not show
        "8112\x00289874",
        "811228.9874",
        "811228/9874",
        "811228_9874",
        "811228:9874",
        "811228*9874",
        "811228=9874",
        "811228|9874",
        "811228\\9874",
        "1981-12-28-9874",
        "81-12-28-9874",
        "81-12-28 9874",
        "1981.12.28-9874",
        "1981/12/28 9874",
        "1981 12 28 9874",
        "81 12 28 - 9874",
        "81 12 28 98 74",
        "19 81 12 28-9874",
        "811228-98 74",
        "811228-987-4",
        "8 1 1 2 2 8 - 9 8 7 4",
        "8 1 1 2 2 8 9 8 7 4",
        "\uff18\uff11\uff11\uff12\uff12\uff18-\uff19\uff18\uff17\uff14",  # full width
        "٨١١٢٢٨-٩٨٧٤",
        "⁸¹¹²²⁸-⁹⁸⁷⁴",
        "⑧①①②②⑧⑨⑧⑦④",
        "8\ufe0f\u20e31\ufe0f\u20e31228-9874",  # keycaps
        "Ringde om pnr811228-9874, återkommer.",
        "(19811228-9874)",
        "12 811228-9874",
        "0811228-9874",
        "811228-98741",
        "4711 8112289874",
        "8112289874 m.fl.",
        # A coordination number: 70-10-03 with 60 added to the day; 29 in all, so 1.
        "701063-2391",
        "Samordningsnummer 197010632391.",
        # Provisional ones, as schools and IVO ask for them; they have no check digit.
        "811228-TF10",
        "19811228TF10",
        "1981-12-28-tf10",
        "811228-T123",
        "19811228 T123",
    ],
)
def test_finds_identity_numbers(text: str) -> None:
    assert holds_identity_number(text)


# Where ten digits stand here in a right order, their check digit is right too (the sums are worked
# as above): what tells them apart is what they are written as.
@pytest.mark.parametrize(
    "text",
    [
        "",
        "811228-9875",  # wrong check digit
        "811328-9874",  # no thirteenth month
        "811228-000",
        "811228-XXXX",
        "811328-TF10",
        "811228-TF100",
        "556677-8899",  # a company's: the third digit is two or more
        "16556677-8899",
        # Telephone numbers; 0701238904: 0+7+0+1+4+3+7+9+0 = 31, so 9: 070123-8909 is right.
        "Tel. 033-16 12 00 eller 0701-23 45 67",
        "070-123 89 09",
        "0701-23 89 09",
        "0701-238909",
        "+46 70 123 89 09",
        "+46701238909",
        "tel 0701238909",
        "Mobil: 0701238909",
        "ring 0701238909 efter lunch",
        # 180601: 2+8+0+6+0+1 = 17; with 183 (2+8+6) 33, so 7; with 201 (4+0+2) 23, so 7.
        "2018-06-01 1837",
        "2018-06-01 18 37",
        "2018-06-01 18.37",
        "2018-06-01 18:37",
        "2018-06-01-2017",
        "18-06-01 1837",
        "2018/06/01 1837",
        "2018.06.01 kl 1837",
        "2018-06-01T1837",
        "20180601T183715",
        "IMG_20180601_1837",
        "IMG_20180601-183712.jpg",
        "2018-03-07 18:00-19:30",
        "2018-06-01 18.37-20.17",
        # Two days with a hyphen; with 180 (2+8+0) 27, so 3: 180601-1803 is right.
        "180601-180331",
        "20180601-20180331",
        "2018-06-01 - 2018-06-30",
        "2018-06-01 2017-12-31",
        "1981-12-28 - 1982-01-05",
        # Case numbers, amounts, codes.
        "5000-K1228-18",
        "dnr 2018-811228",
        "AM-811228-18",
        "8112289874 kr",
        "811228 9874 kr",
        "SEK 8112289874,50",
        "12345678112289874",  # part of something longer
        "81122898-7445-4a2b-8c1d-811228987400",  # a UUID
        "1.811228.9874.3",
        # Coordinates.
        "57.72104 12.93138",
        "57,72104; 12,93138",
        "6396218.12 811228.9874",
        "811228.9874, 6396218.12",
        "POINT (811228.9874 6396218.5)",
        "längd 811228.9874 m",
        "12.8112289874",
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
