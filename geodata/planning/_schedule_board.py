"""A schedule while it is being made: who is where when, in whole minutes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

NO_WAY: Final = 1 << 40
"""More minutes than there are: there is no way."""

DAY_MINUTES: Final = 1_440


class Stop(NamedTuple):
    """A stay in a duty's row: its first minute, the minute after its last, and the spot."""

    begin: int
    end: int
    spot: int


class Opening(NamedTuple):
    """First minutes that a stay may have, the last one included, and the walking that it adds."""

    first: int
    last: int
    added: int


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift: minutes since 1970, its day's and its week's number, the same patrol's neighbours.

    `before` and `after` are the patrol's shifts that end or begin so near that the way between
    them has to be thought of.
    """

    begin: int
    end: int
    day: int
    week: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A schedule's question in whole minutes; spots and duties by number.

    `walk` is from spot to spot, `wanted` by spot and week, `open` the first and the last minute
    at which a spot may be visited, `stay` the shortest and the longest stay, `apart` the least
    and the most between two visits to a spot on a day, and `wider` how much more than the least it
    is on each day. `beyond` lets spots have more than wanted.
    """

    duties: tuple[Duty, ...]
    walk: tuple[tuple[int, ...], ...]
    wanted: tuple[tuple[int, ...], ...]
    value: tuple[float, ...]
    open: tuple[tuple[int, int], ...]
    stay: tuple[int, int]
    apart: tuple[int, int]
    beyond: bool
    wider: tuple[tuple[int, ...], ...] = ()

    def worth(self, spot: int, week: int, number: int) -> float:
        """Return what a spot's next visit in a week is worth, after `number` others."""
        wanted = self.wanted[spot][week]
        if not wanted or (number >= wanted and not self.beyond):
            return 0.0
        return self.value[spot] * wanted / (wanted + number)

    def least(self, spot: int, day: int, other: int) -> int:
        """Return the least between two visits to a spot, by their days."""
        wider = self.wider[spot][day] if self.wider and day == other else 0
        return self.apart[0] + wider


class Board:
    """Each duty's stops in order, and what follows from them for each spot."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        weeks = range(1 + max((duty.week for duty in setting.duties), default=0))
        days = range(1 + max((duty.day for duty in setting.duties), default=0))
        self.rows: list[list[Stop]] = [[] for _ in setting.duties]
        self.at: list[list[tuple[int, int, int]]] = [[] for _ in setting.value]
        """Each spot's visits: begin, end, day."""
        self.count = [[0 for _ in weeks] for _ in setting.value]
        self.daily = [[0 for _ in days] for _ in setting.value]
        self.lengths: list[list[list[int]]] = [[[] for _ in weeks] for _ in setting.value]
        """For each spot and week how long the visits that are not on the board are to be."""
        self._known_gaps: list[list[tuple[Stop | None, Stop | None, int, int]] | None]
        self._known_gaps = [None for _ in setting.duties]

    def keep_to(self, setting: Setting) -> None:
        """Go on under other rules; what is on the board has to keep to them."""
        self.setting = setting
        self._known_gaps = [None for _ in setting.duties]

    def next_worth(self, spot: int, week: int) -> float:
        """Return what one more visit to a spot would be worth."""
        return self.setting.worth(spot, week, self.count[spot][week])

    def insert(self, duty: int, stop: Stop) -> None:
        """Put a stop into a row; it has to fit."""
        own = self.setting.duties[duty]
        insort(self.rows[duty], stop)
        self._known_gaps[duty] = None
        insort(self.at[stop.spot], (stop.begin, stop.end, own.day))
        self.count[stop.spot][own.week] += 1
        self.lengths[stop.spot][own.week].remove(stop.end - stop.begin)
        self.daily[stop.spot][own.day] += 1

    def remove(self, duty: int, index: int) -> Stop:
        """Take a stop out of a row."""
        own = self.setting.duties[duty]
        stop = self.rows[duty].pop(index)
        self._known_gaps[duty] = None
        self.at[stop.spot].remove((stop.begin, stop.end, own.day))
        self.count[stop.spot][own.week] -= 1
        self.lengths[stop.spot][own.week].append(stop.end - stop.begin)
        self.daily[stop.spot][own.day] -= 1
        return stop

    def put_back(self, rows: Mapping[int, Sequence[Stop]]) -> None:
        """Let some duties' rows be what they were."""
        for duty in rows:
            while self.rows[duty]:
                self.remove(duty, -1)
        for duty, row in rows.items():
            for stop in row:
                self.insert(duty, stop)

    def openings(self, duty: int, spot: int, length: int) -> Iterator[Opening]:
        """Yield when a stay of a length can begin without moving any other."""
        walk = self.setting.walk
        for here, there, earliest, latest in self._gaps(duty):
            first, last, added = earliest, latest - length, 0
            if there is not None:
                added = walk[spot][there.spot]
                last = min(last, there.begin - added - length)
            if here is not None:
                away = walk[here.spot][spot]
                first = max(first, here.end + away)
                added += away - (0 if there is None else walk[here.spot][there.spot])
            if first <= last:
                for begin, end in self.free(spot, duty, first, last, length):
                    yield Opening(begin, end, added)

    def _gaps(self, duty: int) -> list[tuple[Stop | None, Stop | None, int, int]]:
        """Return what lies between a row's stops, where the shortest stay has room."""
        own = self.setting.duties[duty]
        known = self._known_gaps[duty]
        if known is not None:
            return known
        shortest = self.setting.stay[0]
        here = self._last_before(duty)
        earliest = own.begin
        found: list[tuple[Stop | None, Stop | None, int, int]] = []
        for there in (*self.rows[duty], self._first_after(duty)):
            latest = own.end if there is None else min(own.end, there.begin)
            if latest - earliest >= shortest:
                found.append((here, there, earliest, latest))
            here = there
            earliest = latest if there is None else max(own.begin, there.end)
        if own.before is None and own.after is None:
            self._known_gaps[duty] = found
        return found

    def on_day(self, spot: int, duty: Duty) -> list[tuple[int, int, int]]:
        """Return a spot's visits on a duty's day."""
        visits = self.at[spot]
        found = []
        for index in range(bisect_left(visits, (duty.begin - DAY_MINUTES,)), len(visits)):
            if visits[index][0] > duty.end + DAY_MINUTES:
                break
            if visits[index][2] == duty.day:
                found.append(visits[index])
        return found

    def free(
        self, spot: int, duty: int, first: int, last: int, length: int
    ) -> Iterator[tuple[int, int]]:
        """Yield when a stay from `first` to `last` keeps its distance to the spot's others."""
        opens, closes = self.setting.open[spot]
        first, last = max(first, opens), min(last, closes - length)
        day = self.setting.duties[duty].day
        most, longest = self.setting.apart[1], self.setting.stay[1]
        others = self.at[spot]
        for index in range(bisect_left(others, (first - most - longest,)), len(others)):
            begin, end, other = others[index]
            least = self.setting.least(spot, day, other)
            if begin - most - length >= last:
                break
            until = min(begin - least - length, last)
            if first <= until:
                yield first, until
            first = max(first, end + least)
        if first <= last:
            yield first, last

    def room(self, duty: int, index: int) -> tuple[int, int]:
        """Return the first and the last minute at which a stop can begin between its two others."""
        row, walk, own = self.rows[duty], self.setting.walk, self.setting.duties[duty]
        stop = row[index]
        length = stop.end - stop.begin
        here = row[index - 1] if index else self._last_before(duty)
        there = row[index + 1] if index + 1 < len(row) else self._first_after(duty)
        first, last = own.begin, own.end - length
        if here is not None:
            first = max(first, here.end + walk[here.spot][stop.spot])
        if there is not None:
            last = min(last, there.begin - walk[stop.spot][there.spot] - length)
        return first, last

    def leeway(self, duty: int, first: int, last: int) -> tuple[int, int]:
        """Return how far some stops in a row can move together, in minutes: back and on.

        The order stays, at each spot too; what is near enough in time stays so.
        """
        part = self.rows[duty][first : last + 1]
        back = self.room(duty, first)[0] - part[0].begin
        on = self.room(duty, last)[1] - part[-1].begin
        together = set(part)
        most, day = self.setting.apart[1], self.setting.duties[duty].day
        for stop in part:
            opens, closes = self.setting.open[stop.spot]
            back, on = max(back, opens - stop.begin), min(on, closes - stop.end)
            visits = self.at[stop.spot]
            place = bisect_left(visits, (stop.begin,))
            for begin, end, other in visits[max(place - 1, 0) : place]:
                if (begin, end, stop.spot) not in together:
                    least = self.setting.least(stop.spot, day, other)
                    back = max(back, end + least - stop.begin)
                    on = min(on, end + most - stop.begin) if stop.begin - end <= most else on
            for begin, end, other in visits[place + 1 : place + 2]:
                if (begin, end, stop.spot) not in together:
                    least = self.setting.least(stop.spot, day, other)
                    on = min(on, begin - least - stop.end)
                    back = max(back, begin - most - stop.end) if begin - stop.end <= most else back
        return back, on

    def shift(self, duty: int, first: int, last: int, minutes: int) -> None:
        """Move some stops in a row together, in the same order."""
        # The foremost moves first, so that visits to a spot never change places on the way.
        indices = range(first, last + 1)
        for index in reversed(indices) if minutes > 0 else indices:
            self.move(duty, index, self.rows[duty][index].begin + minutes)

    def move(self, duty: int, index: int, begin: int) -> None:
        """Let a stop begin at another minute, in the same order."""
        row = self.rows[duty]
        stop = row[index]
        visits, day = self.at[stop.spot], self.setting.duties[duty].day
        visits.remove((stop.begin, stop.end, day))
        self._known_gaps[duty] = None
        row[index] = Stop(begin, begin + stop.end - stop.begin, stop.spot)
        insort(visits, (row[index].begin, row[index].end, day))

    def choices(self, duty: int, index: int, first: int, last: int) -> tuple[tuple[int, int], ...]:
        """Return when a stop can begin within bounds, as if it were not there."""
        stop = self.rows[duty][index]
        visits, day = self.at[stop.spot], self.setting.duties[duty].day
        own = (stop.begin, stop.end, day)
        place = visits.index(own)
        visits.pop(place)
        found = tuple(self.free(stop.spot, duty, first, last, stop.end - stop.begin))
        visits.insert(place, own)
        return found

    def press(self, duty: int, pivot: int) -> None:
        """Press a row's stops before `pivot` towards its begin, the others towards its end."""
        row = self.rows[duty]
        for index in range(min(pivot, len(row))):
            room = self.choices(duty, index, *self.room(duty, index))
            self.move(duty, index, room[0][0])
        for index in range(len(row) - 1, pivot - 1, -1):
            room = self.choices(duty, index, *self.room(duty, index))
            self.move(duty, index, room[-1][1])

    def nuisance(self, duties: tuple[int, ...]) -> int:
        """Return how far some duties are from good, what they are worth apart: lower is better.

        Minutes of walking; visits that crowd on a day while others have none; and visits on the
        same day that are farther apart than they should be.
        """
        walking = sum(self._walking(duty) for duty in duties)
        first = min(self.setting.duties[duty].begin for duty in duties)
        last = max(self.setting.duties[duty].end for duty in duties)
        crowding = straying = 0
        most = self.setting.apart[1]
        margin = most * 8
        for spot, visits in enumerate(self.at):
            crowding += sum(
                self.daily[spot][day] ** 2
                for day in {self.setting.duties[duty].day for duty in duties}
            )
            low = bisect_left(visits, (first - margin,))
            for index in range(low + 1, len(visits)):
                before, after = visits[index - 1], visits[index]
                if after[0] > last + margin:
                    break
                straying += before[2] == after[2] and after[0] - before[1] > most
        return walking + 20 * crowding + 40 * straying

    def _walking(self, duty: int) -> int:
        row, walk = self.rows[duty], self.setting.walk
        return sum(walk[a.spot][b.spot] for a, b in pairwise(row))

    def _last_before(self, duty: int) -> Stop | None:
        number = self.setting.duties[duty].before
        while number is not None and not self.rows[number]:
            number = self.setting.duties[number].before
        return None if number is None else self.rows[number][-1]

    def _first_after(self, duty: int) -> Stop | None:
        number = self.setting.duties[duty].after
        while number is not None and not self.rows[number]:
            number = self.setting.duties[number].after
        return None if number is None else self.rows[number][0]
