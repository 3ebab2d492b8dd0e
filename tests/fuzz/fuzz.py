"""Spoilt files of every format that can be brought, read as the program reads them.

Each file begins as a right one and is changed at random; the change is given by the format and a
number, so that a file that ends badly can be made again. A process of its own reads them, within
limits of memory and time. Right is: a report, or an error with a key, and words for all of it in
both languages. Wrong is: any other exception, a crash, or no answer within the time.

    .venv/bin/python tests/fuzz/fuzz.py                      # 10,000 of each format; hours
    .venv/bin/python tests/fuzz/fuzz.py gpx csv --count 500
    .venv/bin/python tests/fuzz/fuzz.py gpx --first 417 --count 1 --keep /tmp   # that one again

It prints a line for each format: how many were read, how many refused, and by which keys. What
went wrong stands below, by its number. ``test_fuzz.py`` runs some of each.
"""

from __future__ import annotations

import argparse
import io
import json
import queue
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

MEMORY_BYTES: Final = 3 << 30
"""Of address space; libraries reserve a third of it before they read anything."""

TIME_S: Final = 20.0
"""Of a processor, for a file; one is no larger than the right one, which takes a fraction of a
second."""

WAIT_S: Final = 900.0
"""By the clock, for a process that does nothing at all, on a machine however busy."""

DATA: Final = Path(__file__).parents[2] / "data"

# --- right files ---------------------------------------------------------------------------------

TABLE: Final = (
    "Datum;Tid;Slag;Område;Lat;Lon;Minuter;Deltagare;Anteckning;geometry\r\n"
    "2018-03-07;18:30;Fotpatrull;Norrby;57,7245;12,9295;45;2;Lugnt på gården;\r\n"
    '7/3 2018;0.45;Fotpatrull;;;;1 h 30;;"Två; med\nradbyte";LINESTRING (12.92 57.72, 12.93 57.72)'
    "\r\n43166,75;;Trygghetsvandring;Hulta;6399500;376700;30;;;\r\n"
)

GRAPHML: Final = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="c" for="graph" attr.name="crs" attr.type="string"/>
<key id="x" for="node" attr.name="x" attr.type="double"/>
<key id="y" for="node" attr.name="y" attr.type="double"/>
<key id="h" for="edge" attr.name="highway" attr.type="string"/>
<key id="g" for="edge" attr.name="geometry" attr.type="string"/>
<graph edgedefault="directed"><data key="c">epsg:4326</data>
<node id="1"><data key="x">12.93</data><data key="y">57.72</data></node>
<node id="2"><data key="x">12.94</data><data key="y">57.72</data></node>
<node id="3"><data key="x">12.94</data><data key="y">57.73</data></node>
<edge source="1" target="2"><data key="h">footway</data>
<data key="g">LINESTRING (12.93 57.72, 12.935 57.721, 12.94 57.72)</data></edge>
<edge source="2" target="3"><data key="h">['path', 'steps']</data></edge>
</graph></graphml>"""

OSM: Final = """<?xml version='1.0' encoding='UTF-8'?><osm version="0.6" generator="t">
<node id="1" lat="57.72" lon="12.93"/><node id="2" lat="57.72" lon="12.94"/>
<node id="3" lat="57.73" lon="12.94"><tag k="place" v="suburb"/><tag k="name" v="Norrby"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way>
<way id="2"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="natural" v="water"/></way>
<relation id="1"><member type="way" ref="2" role="outer"/><tag k="type" v="multipolygon"/>
<tag k="building" v="yes"/></relation></osm>"""


def _made(write: Callable[[Path], object], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for title in ("Mars", "April"):
        sheet = book.create_sheet(title)
        for line in TABLE.splitlines()[:2]:
            sheet.append(line.split(";"))
    return _made(book.save, "a.xlsx")


def _frame() -> Any:
    import geopandas as gpd
    from shapely import LineString, Point

    columns = {"datum": ["2018-03-07", "2018-03-08"], "slag": ["Fotpatrull"] * 2, "minuter": [3, 4]}
    line = LineString([(12.92, 57.72), (12.93, 57.72)])
    return gpd.GeoDataFrame(columns, geometry=[Point(12.93, 57.7245), line], crs=4326)


def _geopackage() -> bytes:
    return _made(lambda path: _frame().to_file(path, engine="pyogrio"), "a.gpkg")


def _shapefile() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _frame().iloc[1:].to_file(Path(folder) / "pass.shp", engine="pyogrio")
        return _packed({p.name: p.read_bytes() for p in sorted(Path(folder).iterdir())})


def _pbf() -> bytes:
    import osmium

    # Not packed: what is changed in a packed block never comes to the reader.
    with tempfile.TemporaryDirectory() as folder:
        plain, path = Path(folder) / "a.osm", Path(folder) / "a.osm.pbf"
        plain.write_text(OSM, encoding="utf-8")
        to = osmium.io.File(str(path), "pbf,pbf_compression=none,pbf_dense_nodes=true")
        with osmium.SimpleWriter(to) as writer:
            for thing in osmium.FileProcessor(str(plain)):
                writer.add(thing)
        return path.read_bytes()


def _geojson() -> bytes:
    return str(_frame().to_json()).encode()


def _packed(parts: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def _export() -> bytes:
    header = "lofteskartan_id;date;precision;day;kind;area;lat;lon;geometry;minutes;note;times_s"
    row = (
        "00000000-0000-4000-8000-000000000001;2018-03-07T18:00:00+01:00;minute;2018-03-07;"
        'foot_patrol;norrby;57,7245;12,9295;;30;Lugnt;"[[0,60]]"'
    )
    return _packed({"activities.csv": f"\ufeff{header}\r\n{row}\r\n".encode()})


def _gpx() -> bytes:
    text = (DATA / "example" / "activities-norrby-2018-05-17.gpx").read_text(encoding="utf-8")
    head, _, rest = text.partition("</trkpt>")
    points = rest.split("</trkpt>")
    return "</trkpt>".join([head, *points[:12], points[-1]]).encode()


def _photo(kind: str) -> bytes:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    said = Image.Exif()
    said[0x0112] = 6
    kept = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(kept, kind, exif=said)
    return kept.getvalue()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what a file of it is called, a right one, and what reads it."""

    name: str
    right: Callable[[], bytes]
    read: Callable[[Path, Words], str]


def _data(name: str) -> Callable[[], bytes]:
    return lambda: (DATA / name).read_bytes()


# --- reading -------------------------------------------------------------------------------------

Words = Callable[..., str]


@cache
def _catalogue() -> Any:
    from geodata.catalogue.loading import load_catalogue

    return load_catalogue((DATA,))


def _intake(path: Path, word: Words) -> str:
    from datetime import date

    from geodata.intake.importing import read_file
    from geodata.intake.report import ReadOptions
    from geodata.model import Location, SourceKind

    rng = random.Random(path.stat().st_size)
    found = read_file(
        path,
        catalogue=_catalogue(),
        locate_many=lambda lons, _lats: [Location(None, None, None, near_border=False)] * len(lons),
        options=ReadOptions(
            what=rng.choice([None, "activities", "walks", "findings"]),
            kind=rng.choice([None, "foot_patrol"]),
            category=rng.choice([None, "lighting"]),
            day=rng.choice([None, date(2018, 6, 1)]),
        ),
        origin_kind=SourceKind.IMPORTED,
        today=date(2026, 1, 1),
    )
    for problem in found.problems:
        word(f"error.{problem.key}", **problem.values)
    refused = any(problem.severity == "error" for problem in found.problems)
    if found.rows_refused and not refused:
        raise AssertionError("rows were refused without a word")
    return "report with errors" if refused else "report"


def _promises(path: Path, word: Words) -> str:
    from geodata.errors import CatalogueError
    from geodata.service import check_files

    mistakes, _ = check_files((path,), (DATA,))
    if mistakes:
        raise CatalogueError(tuple(mistakes))
    return "report"


def _streets(path: Path, _word: Words) -> str:
    from geodata.basemap.reading import read_osm
    from geodata.planning.street_cache import read_streets

    network = read_streets(path)
    if not path.name.endswith(".graphml"):
        read_osm(path)
    return "report" if network.length_m > 0 else "nothing"


def _picture(path: Path, _word: Words) -> str:
    from geodata.intake.photos import read_photo

    found = read_photo(path)
    if not (found.body.startswith(b"\xff\xd8") and 0 < found.width_px <= 1_600):
        raise AssertionError("what came out is no small JPEG")
    return "report"


FORMATS: Final[dict[str, Format]] = {
    "csv": Format("a.csv", lambda: TABLE.encode(), _intake),
    "xlsx": Format("a.xlsx", _workbook, _intake),
    "gpx": Format("a.gpx", _gpx, _intake),
    "geojson": Format("a.geojson", _geojson, _intake),
    "gpkg": Format("a.gpkg", _geopackage, _intake),
    "zip": Format("a.zip", _export, _intake),
    "shapefile": Format("a.zip", _shapefile, _intake),
    "promise": Format("mark-2018.toml", _data("promises/mark-2018.toml"), _promises),
    "areas": Format("areas.geojson", _data("areas.geojson"), _promises),
    "places": Format("places.csv", _data("places.csv"), _promises),
    "graphml": Format("a.graphml", GRAPHML.encode, _streets),
    "osm": Format("a.osm", OSM.encode, _streets),
    "pbf": Format("a.osm.pbf", _pbf, _streets),
    **{
        kind.lower(): Format("photo", partial(_photo, kind), _picture)
        for kind in ("JPEG", "PNG", "WEBP", "HEIF")
    },
}

# --- spoiling ------------------------------------------------------------------------------------

PIECES: Final = (
    *(b"", b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n", b"\t", b";", b","),
    *(b'"', b"'", b"<", b">", b"</", b"&", b"&#0;", b"]]>", b"<!--", b"<!DOCTYPE a>", b"{", b"}"),
    *(b"[", b"]", b"(", b")", b"null", b"true", b"NaN", b"Infinity", b"-", b"-1", b"0", b"1e999"),
    *(b"99999999999999999999", b"0.1", b"1,5", b"57.7", b"12.9", b"1970-01-01T00:00:00Z", b"24:00"),
    *(b"2018-02-30", b"9999-12-31", b"0001-01-01", b"9999-12-31T23:59:59Z", b"\xe5\xe4\xf6"),
    *(
        "åäö\u2028\u202e".encode(),
        b"\xed\xa0\x80",
        b"EMPTY",
        b"POINT",
        b"LINESTRING (",
        b"Z",
        b"%s",
    ),
    *(
        b"{0}",
        b"=1+1",
        b"811228-9874",
        b"../",
        b"\\u0000",
        b"xmlns=",
        b"encoding='utf-16'",
        b"a" * 3_000,
    ),
)
"""What readers stumble over."""


_PLAIN: Final = [piece for piece in PIECES if not set(piece) & set(b"<>&\"'[]{}")]
_VALUE: Final = re.compile(rb"[\w.:+\-\x80-\xff]+")


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Return a file's content with a few changes."""
    if content.startswith(b"PK") and rng.random() < 0.7:
        return _spoil_inside(content, rng)
    found = bytearray(content)
    values = rng.random() < 0.5 and b"\0" not in content
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        (_change_value if values else _change)(found, rng)
    return bytes(found)


def _change_value(found: bytearray, rng: random.Random) -> None:
    """Put something else in a value's place, so that the markup about it stays whole."""
    words = list(_VALUE.finditer(found))
    if words:
        word = rng.choice(words)
        other = rng.choice(words)[0] if rng.random() < 0.3 else rng.choice(_PLAIN)
        found[word.start() : word.end()] = other


def _change(found: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(found) + 1)
    length = rng.choice([1, 1, 2, 4, 8, 30, 200])
    how = rng.randrange(8)
    if how == 0 and found:
        found[at % len(found)] ^= 1 << rng.randrange(8)
    elif how == 1 and found:
        found[at % len(found)] = rng.randrange(256)
    elif how == 2:
        del found[at : at + length]
    elif how == 3:
        found[at:at] = found[at : at + length] * rng.choice([1, 2, 50])
    elif how == 4:
        found[at:at] = rng.choice(PIECES)
    elif how == 5:
        found[at : at + length] = rng.choice(PIECES)
    elif how == 6 and rng.random() < 0.3:
        del found[at:]
    else:
        other = rng.randrange(len(found) + 1)
        found[at : at + length] = found[other : other + length]


def _spoil_inside(content: bytes, rng: random.Random) -> bytes:
    """Change a part of a zip file, or its name, and pack the parts again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(parts))
    how = rng.randrange(8)
    if how == 0:
        del parts[name]
    elif how == 1:
        parts[name + rng.choice(["x", "/", ".zip", ".csv", "\\..\\x"])] = parts.pop(name)
    else:
        parts[name] = spoil(parts[name], rng)
    return _packed(parts)


def spoilt(format_: str, number: int) -> bytes:
    """Return a format's file with a number."""
    return spoil(_right(format_), random.Random(f"{format_} {number}"))


@cache
def _right(format_: str) -> bytes:
    return FORMATS[format_].right()


# --- the process that reads ----------------------------------------------------------------------


def outcome(format_: str, number: int, keep: Path | None = None) -> str:
    """Read a file; return what came of it, which begins with an exclamation mark if it is wrong."""
    from geodata.errors import CatalogueError, GeodataError
    from geodata.texts import words

    both = [words("sv"), words("en")]

    def word(key: str, **values: Any) -> str:
        said = [one(key, **values) for one in both]
        if not all(said) or key in said:
            raise AssertionError(f"no words for {key}")
        return said[0]

    kind = FORMATS[format_]
    with tempfile.TemporaryDirectory() as folder:
        path = (keep or Path(folder)) / kind.name
        path.write_bytes(spoilt(format_, number))
        try:
            return kind.read(path, word)
        except CatalogueError as error:
            for mistake in error.mistakes:
                word(f"error.{mistake.key}", **mistake.values)
            return error.mistakes[0].key
        except GeodataError as error:
            word(f"error.{error.key}", **error.values)
            return error.key
        except MemoryError:
            return "!memory"
        except Exception:  # noqa: BLE001 - that there is none is what is tried
            return "!" + traceback.format_exc()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _work(format_: str, first: int, count: int, keep: Path | None) -> None:
    """Read files one after the other; tell of each before and after."""
    warnings.simplefilter("ignore")
    _right(format_)  # made without a limit: it isn't what is tried
    outcome(format_, -1)  # and so are all that is imported on the way
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(first, first + count):
        _say(json.dumps(["at", number]))
        # What C code does hears no Python: the signal ends the process.
        signal.setitimer(signal.ITIMER_PROF, TIME_S)
        _say(json.dumps(["is", number, outcome(format_, number, keep)]))


# --- the process that watches --------------------------------------------------------------------


@dataclass(slots=True)
class Outcomes:
    """What came of a format's files: how often each, and the wrong ones by their numbers."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)


def run(format_: str, first: int, count: int, keep: Path | None = None) -> Outcomes:
    """Read some of a format's files; a process that ends or hangs is begun anew after that one."""
    found = Outcomes()
    last = first + count
    while first < last:
        at = first
        for at, outcome in _answers(format_, first, last - first, keep):
            if outcome.startswith("!"):
                found.wrong[at] = outcome[1:]
            else:
                found.counts[outcome] += 1
        first = at + 1
    return found


def _answers(format_: str, first: int, count: int, keep: Path | None) -> Iterator[tuple[int, str]]:
    more = ["--keep", str(keep)] if keep else []
    arguments = ["--work", "--first", str(first), "--count", str(count), *more]
    process = subprocess.Popen(
        [sys.executable, __file__, format_, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    at, last = first, first + count - 1
    try:
        while True:
            try:
                line = lines.get(timeout=WAIT_S)
            except queue.Empty:
                yield at, f"!no answer within {WAIT_S:.0f} s"
                return
            if line is None:
                break
            if not line.startswith("["):
                continue
            told = json.loads(line)
            at = told[1]
            if told[0] == "is":
                yield at, told[2]
                if at == last:
                    return
        ended = process.wait()
        slow = ended == -signal.SIGPROF
        yield at, f"!{TIME_S:.0f} s were too few" if slow else f"!the process ended: {ended}"
    finally:
        process.kill()
        listener.join()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("formats", nargs="*", choices=[[], *FORMATS], default=[])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.work:
        _work(chosen.formats[0], chosen.first, chosen.count, chosen.keep)
        return 0
    wrong = 0
    for format_ in chosen.formats or FORMATS:
        found = run(format_, chosen.first, chosen.count, chosen.keep)
        wrong += len(found.wrong)
        told = ", ".join(f"{key} {count}" for key, count in found.counts.most_common())
        _say(f"{format_}: {chosen.count} files, {len(found.wrong)} wrong; {told}")
        for number, what in found.wrong.items():
            _say(f"  {format_} {number}: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    # What stands beside this file is no library.
    sys.path[0] = str(Path(__file__).parents[2])
    sys.exit(main())
