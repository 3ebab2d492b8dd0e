"""The search for a schedule: laid out by chance, mended piece by piece, then spread in time.

First each wanted visit, those of most worth first, is laid where it fits with little walking, on
the days with the fewest visits to its spot. Then duties are torn up in part, pressed together and
filled anew, and what is no worse is kept. Last stays are moved, alone and with those after them, by
minutes drawn from all that the others leave them, again and again (Gibbs sampling): what was
pressed together is spread, and of all times that keep the order each is as likely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from geodata.planning._schedule_board import Board, Duty, Setting, Stop

TRIES_A_DUTY: Final = 250
TRIES_AT_MOST: Final = 1_200
"""How often a schedule is torn up and filled anew: work, not seconds, so that a seed's answer is
the same on every machine."""

SWEEPS: Final = 12
"""How often every stay is moved; after a few sweeps nothing is left of where it lay first, as
parts of a row move together. Alone, each kept near those beside it, they would need hundreds."""

EASED: Final = ((1.0, 1.0), (0.5, 1.0), (0.0, 1.0))
SCARCE: Final = ((0.0, 0.5), (0.0, 0.0))
"""How much stricter than asked shifts' edges and visits' distances are at first, and then while
not everything fits; distances last, after mending."""

EDGE: Final = 30
"""By how many minutes at most a shift's begin and end may be stricter; where more than this lies
between two stops on average, they aren't."""

DRAWN_IN: Final = (1.0, 0.5, 0.25)
"""By which share of what they can be a full shift's edges are drawn in, until visits lie well."""

STRAYING: Final = 0.8
"""How much less a visit counts for that is too long after the day's last at its spot."""

_DRAWN_AT_ONCE: Final = 1024
_EPSILON: Final = 1e-9


class Dice:
    """Random numbers of a seed, the same with every version of numpy and on every machine.

    Notes
    -----
    Only PCG64's own stream is used, which numpy promises to keep; what `numpy.random.Generator`
    makes of it may change from version to version.
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)
        self._drawn: list[int] = []

    def below(self, count: int) -> int:
        """Return a whole number from 0 up to, not with, `count`."""
        if not self._drawn:
            self._drawn = self._bits.random_raw(_DRAWN_AT_ONCE).tolist()
        # The upper bits of a product: even to one part in 2**64 / count.
        return (self._drawn.pop() * count) >> 64

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`, in steps of a ten-thousandth of the way."""
        return low + (high - low) * self.below(10_001) / 10_000

    def shuffled(self, values: Iterable[int]) -> list[int]:
        """Return values in random order."""
        found = list(values)
        for index in range(len(found) - 1, 0, -1):
            other = self.below(index + 1)
            found[index], found[other] = found[other], found[index]
        return found

    def within(self, spans: tuple[tuple[int, int], ...]) -> int:
        """Return a whole number from spans with both their ends, each as likely."""
        drawn = self.below(sum(last - first + 1 for first, last in spans))
        for first, last in spans:
            if drawn <= last - first:
                return first + drawn
            drawn -= last - first + 1
        raise AssertionError(spans)


class _Candidate(NamedTuple):
    """A visit that fits, and what one unit of its worth counts for beside others."""

    rate: float
    stop: Stop


class Search:
    """Makes a schedule of a setting."""

    def __init__(self, setting: Setting, seed: int, tell: Callable[[float], None]) -> None:
        self.setting = self._asked = setting
        self.board = Board(setting)
        self._dice = Dice(seed)
        self._tell = tell
        self._edges = [
            (self._dice.below(most + 1), self._dice.below(most + 1))
            for most in (min(EDGE, (duty.end - duty.begin) // 8) for duty in setting.duties)
        ]
        most = (setting.apart[1] - setting.apart[0]) * 2 // 3
        self._wider = [[self._dice.below(most + 1) for _ in days] for days in self.board.daily]

    def run(self) -> Board:
        """Return the board with the schedule on it."""
        self._draw_lengths()
        eased = self._laid_out(EASED)
        self._mend(0.1, 0.5)
        if eased == EASED[-1] and self._misses():
            eased = self._laid_out(SCARCE)
        self._mend(0.5, 0.9)
        tight = self._tightness()
        self._keep_to(*eased, tight)
        if not eased[0]:
            for number, scarce in enumerate(tight):
                self._draw_in(number, scarce)
        for done in range(SWEEPS):
            self._tell(0.9 + 0.1 * done / SWEEPS)
            self._scatter()
        return self.board

    # --- stricter than asked ------------------------------------------------------------------

    def _laid_out(self, eased: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """Lay out under rules less and less strict until everything fits; return the last."""
        for ease in eased:
            self._keep_to(*ease)
            self._lay_out()
            if not self._misses():
                break
        return ease

    def _keep_to(self, edge: float, wide: float, tight: Sequence[float] | None = None) -> None:
        """Make the rules stricter by a share of what was drawn, and no stricter than needed.

        Where time is scarce stops lie against what the rules allow. That must not be the same
        minute always: so each shift begins a while later and ends a while earlier, and a spot's
        visits on a day lie farther apart, by as much as chance will have it.
        """
        asked = self._asked
        shares = tight or [1.0] * len(asked.duties)
        duties = tuple(
            replace(
                duty,
                begin=duty.begin + int(early * edge * share),
                end=duty.end - int(late * edge * share),
            )
            for duty, (early, late), share in zip(asked.duties, self._edges, shares, strict=True)
        )
        by_day: dict[int, list[float]] = {}
        for duty, share in zip(asked.duties, shares, strict=True):
            by_day.setdefault(duty.day, []).append(share * wide)
        wider = tuple(
            tuple(int(more * min(by_day.get(day, [0.0]))) for day, more in enumerate(days))
            for days in self._wider
        )
        self.setting = replace(asked, duties=duties, wider=wider)
        self.board.keep_to(self.setting)

    def _tightness(self) -> list[float]:
        """Return of each shift how scarce its time is: 0 where chance spreads stops by itself."""
        found = []
        for duty, row in zip(self._asked.duties, self.board.rows, strict=True):
            walks = sum(self.setting.walk[a.spot][b.spot] for a, b in pairwise(row))
            left = duty.end - duty.begin - walks - sum(stop.end - stop.begin for stop in row)
            found.append(min(max(1 - left / (len(row) + 1) / EDGE, 0.0), 1.0))
        return found

    def _draw_in(self, number: int, scarce: float) -> None:
        """Draw a full shift's edges in, by chance and as far as its stops can be pressed together.

        Of all ways to spread a few minutes over many gaps nearly all leave none at the edges.
        """
        row = self.board.rows[number]
        kept, nuisance = {number: list(row)}, self.board.nuisance((number,))
        for share in DRAWN_IN if row and scarce else ():
            for last in self._dice.shuffled((False, True)):
                self.board.press(number, len(row) if last else 0)
                duty = self.setting.duties[number]
                room = duty.end - row[-1].end if last else row[0].begin - duty.begin
                drawn = self._dice.below(int(room * scarce * share) + 1)
                begin, end = duty.begin + drawn * (not last), duty.end - drawn * last
                self._change(number, replace(duty, begin=begin, end=end))
            if self.board.nuisance((number,)) <= nuisance:
                break
            self.board.put_back(kept)
            self._change(number, self._asked.duties[number])

    def _change(self, number: int, duty: Duty) -> None:
        duties = self.setting.duties
        self.setting = replace(self.setting, duties=(*duties[:number], duty, *duties[number + 1 :]))
        self.board.keep_to(self.setting)

    # --- laying out -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        duties_by_week: dict[int, list[int]] = {}
        for number, duty in enumerate(self.setting.duties):
            duties_by_week.setdefault(duty.week, []).append(number)
        for week, duties in sorted(duties_by_week.items()):
            jobs = [
                (-self.setting.worth(spot, week, number) * self._dice.between(0.9, 1.1), spot)
                for spot, wanted in enumerate(self.setting.wanted)
                for number in range(self.board.count[spot][week], wanted[week])
            ]
            full: set[int] = set()
            for _, spot in sorted(jobs):
                if spot not in full and not self._lay(spot, duties):
                    full.add(spot)
            if full or self.setting.beyond:
                for number in self._dice.shuffled(duties):
                    self.board.press(number, self._dice.below(len(self.board.rows[number]) + 1))
                    self._fill((number,))

    def _lay(self, spot: int, duties: list[int]) -> bool:
        """Lay one visit on the day that has the fewest of its spot's."""
        by_day: dict[int, list[int]] = {}
        for number in duties:
            by_day.setdefault(self.setting.duties[number].day, []).append(number)
        daily = self.board.daily[spot]
        length = self._length(spot, self.setting.duties[duties[0]].week)
        for day in sorted(self._dice.shuffled(sorted(by_day)), key=lambda day: daily[day]):
            found = self._placing(spot, self._dice.shuffled(by_day[day]), length)
            if found is not None:
                self.board.insert(*found)
                return True
        return False

    def _length(self, spot: int, week: int) -> int:
        """Return how long a spot's next visit is to be.

        Lengths are drawn once for each visit of a week: one that is torn out is laid again with
        its own, or else short ones would win wherever time is scarce.
        """
        left = self.board.lengths[spot][week]
        if not left:
            left.append(self._dice.within((self.setting.stay,)))
        return left[-1]

    def _draw_lengths(self) -> None:
        for left, wanted in zip(self.board.lengths, self.setting.wanted, strict=True):
            for own, count in zip(left, wanted, strict=False):
                own += [self._dice.within((self.setting.stay,)) for _ in range(count)]

    def _placing(self, spot: int, duties: Iterable[int], length: int) -> tuple[int, Stop] | None:
        """Return where a visit adds little walking, near enough to the day's others of its spot."""
        best: tuple[float, int, int] | None = None
        for duty in duties:
            for first, last, added in self.board.openings(duty, spot, length):
                begin, strays = self._near(spot, self.setting.duties[duty], first, last, length)
                cost = added + self._dice.below(8) + 1_000 * strays
                if best is None or cost < best[0]:
                    best = (cost, duty, begin)
        if best is None:
            return None
        return best[1], Stop(best[2], best[2] + length, spot)

    def _near(self, spot: int, duty: Duty, first: int, last: int, length: int) -> tuple[int, bool]:
        """Return an end of an opening, and whether it is too far from the day's other visits."""
        least, most = self.setting.least(spot, duty.day, duty.day), self.setting.apart[1]
        others = self.board.on_day(spot, duty)
        if others:
            spans = [
                (max(first, low), min(last, high))
                for begin, end, _ in others
                for low, high in (
                    (end + least, end + most),
                    (begin - most - length, begin - length),
                )
            ]
            spans = [span for span in spans if span[0] <= span[1]]
            if spans:
                return self._dice.within(tuple(spans)), False
        return (first, last)[self._dice.below(2)], bool(others)

    # --- mending ----------------------------------------------------------------------------

    def _mend(self, begin: float, end: float) -> None:
        duties = range(len(self.setting.duties))
        tries = min(TRIES_A_DUTY * len(duties), TRIES_AT_MOST) // 2 if self.setting.value else 0
        for done in range(tries):
            if done % 50 == 0:
                self._tell(begin + (end - begin) * done / tries)
            chosen = self._dice.below(len(duties))
            # Where nothing is missing it is only about less walking and better hours.
            if self._misses_in(self.setting.duties[chosen].week) or self._dice.below(3) == 0:
                self._try(self._beside(chosen))

    def _misses(self) -> bool:
        return any(self._misses_in(week) for week in {duty.week for duty in self._asked.duties})

    def _misses_in(self, week: int) -> bool:
        return any(self.board.next_worth(spot, week) for spot in range(len(self.setting.value)))

    def _beside(self, chosen: int) -> tuple[int, ...]:
        """Return a duty, half of the time with another one of its day."""
        day = self.setting.duties[chosen].day
        others = [
            number
            for number, duty in enumerate(self.setting.duties)
            if duty.day == day and number != chosen
        ]
        if not others or self._dice.below(2):
            return (chosen,)
        return tuple(sorted((chosen, others[self._dice.below(len(others))])))

    def _try(self, duties: tuple[int, ...]) -> None:
        """Tear duties up in part and fill them anew; take it back if that is worse."""
        kept = {duty: list(self.board.rows[duty]) for duty in duties}
        nuisance = self.board.nuisance(duties)
        gained = 0.0
        for duty in duties:
            lost, pivot = self._tear(duty)
            gained -= lost
            # What is left of the time is most often put together where stops were torn out.
            if self._dice.below(8) == 0:
                pivot = self._dice.below(len(self.board.rows[duty]) + 1)
            self.board.press(duty, pivot)
        gained += self._fill(duties)
        if gained > _EPSILON:
            return
        if gained < -_EPSILON or self.board.nuisance(duties) > nuisance:
            self.board.put_back(kept)

    def _tear(self, duty: int) -> tuple[float, int]:
        """Take some stops that follow each other out of a row; return their worth, and where."""
        row = self.board.rows[duty]
        count = min(self._dice.below(5), len(row))
        if count and self._dice.below(8) == 0:
            count = len(row)
        start = self._dice.below(len(row) - count + 1)
        lost = 0.0
        for _ in range(count):
            stop = self.board.remove(duty, start)
            lost += self.board.next_worth(stop.spot, self.setting.duties[duty].week)
        return lost, start

    def _fill(self, duties: Iterable[int]) -> float:
        """Lay visits into duties while any fits, those of most worth for their time first."""
        gained = 0.0
        spots = range(len(self.setting.value))
        found = {(duty, spot): self._cheapest(spot, duty) for duty in duties for spot in spots}
        while best := max(self._rated(found), default=None):
            _, duty, stop = best
            gained += self.board.next_worth(stop.spot, self.setting.duties[duty].week)
            self.board.insert(duty, stop)
            own = self.setting.duties[duty]
            # What fitted elsewhere still does, but for the same spot, and for the same patrol's
            # shifts right before and after; what never did, won't.
            near = own.before is not None or own.after is not None
            for (other, spot), candidate in found.items():
                if candidate is not None and (near or other == duty or spot == stop.spot):
                    found[other, spot] = self._cheapest(spot, other)
        return gained

    def _rated(
        self, found: Mapping[tuple[int, int], _Candidate | None]
    ) -> Iterator[tuple[float, int, Stop]]:
        """Yield worth for time, a little by chance, of what is still wanted."""
        for (duty, spot), candidate in found.items():
            if candidate is not None:
                worth = self.board.next_worth(spot, self.setting.duties[duty].week)
                if worth:
                    yield worth * candidate.rate, duty, candidate.stop

    def _cheapest(self, spot: int, duty: int) -> _Candidate | None:
        """Return where a visit adds the least walking to a duty."""
        if not self.board.next_worth(spot, self.setting.duties[duty].week):
            return None
        length = self._length(spot, self.setting.duties[duty].week)
        openings = self.board.openings(duty, spot, length)
        best = min(openings, key=lambda opening: opening.added, default=None)
        if best is None:
            return None
        own = self.setting.duties[duty]
        begin, strays = self._near(spot, own, best.first, best.last, length)
        rate = self._dice.between(0.7, 1.3) / max(best.added + length, 1)
        return _Candidate(rate * (STRAYING if strays else 1.0), Stop(begin, begin + length, spot))

    # --- spreading in time ------------------------------------------------------------------

    def _scatter(self) -> None:
        """Move parts of each row, from each of its stops on, as far as chance will have it."""
        for duty in self._dice.shuffled(range(len(self.setting.duties))):
            count = len(self.board.rows[duty])
            for first in self._dice.shuffled(range(count)):
                last = first + self._dice.below(count - first)
                leeway = self.board.leeway(duty, first, last)
                self.board.shift(duty, first, last, self._dice.within((leeway,)))
