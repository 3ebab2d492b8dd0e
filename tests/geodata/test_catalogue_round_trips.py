"""Laws: what is written is what is read, and nothing that is written ends in a traceback."""

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from geodata.catalogue.content import read_content
from geodata.catalogue.files import file_called
from geodata.catalogue.loading import check, load_catalogue
from geodata.catalogue.shapes import read_outline
from geodata.catalogue.writing import promise_text, tables_of, terms_text
from geodata.intake.catalogue_forms import form_values, read_promise
from geodata.model import LANGUAGES, Count, LocalText, Milestone, Promise
from geodata.settings import bundled_data
from geodata.texts import words

quick = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def toml(value: object) -> str:
    """Write a value as inline TOML, and the top table line by line by its caller."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | int | float):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    escaped = "".join(
        c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in str(value)
    )
    return f'"{escaped}"'


def document(table: dict[str, object]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in table.items())


ids = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
plain = st.text(
    # What turns the writing direction is refused (Cf), which is tested by itself.
    st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from("\n\t"),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))
texts = st.fixed_dictionaries({"sv": plain, "en": plain})
DAYS = st.integers(0, 364).map(lambda n: date(2018, 1, 1) + timedelta(days=n))
kinds = st.lists(
    st.sampled_from(["patrol", "operation", "safety_walk"]), min_size=1, max_size=2, unique=True
)
counts = st.fixed_dictionaries(
    {
        "type": st.just("count"),
        "kinds": kinds,
        "target": st.integers(1, 1_000_000),
        "per": st.sampled_from(["area", "all"]),
    },
    optional={"reading": texts},
)
milestones = st.fixed_dictionaries(
    {
        "type": st.just("milestone"),
        "per": st.sampled_from(["area", "all"]),
        "steps": st.lists(
            st.fixed_dictionaries(
                {"id": ids, "title": texts, "kinds": kinds}, optional={"due": DAYS}
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda step: step["id"],
        ),
    }
)
commitments = st.fixed_dictionaries(
    {
        "title": texts,
        "summary": texts,
        "measure": counts | milestones,
        "source_paragraph": texts,
        "scope": texts,
        "areas": st.lists(st.sampled_from(["norrby", "hedbo"]), unique=True),
    },
    optional={"deadline": DAYS, "note": texts},
)


@st.composite
def promises(draw: st.DrawFn) -> dict[str, object]:
    parties = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    owners = st.lists(st.sampled_from(parties), min_size=1, unique=True)
    points = draw(st.lists(commitments, min_size=1, max_size=3))
    return {
        "id": "made-" + draw(ids),
        "short": draw(texts),
        "title": draw(texts),
        "municipality": draw(plain),
        "signed": draw(DAYS),
        "background": draw(texts),
        "goals": draw(st.lists(texts, max_size=2)),
        "period": {"start": date(2018, 1, 1), "end": date(2018, 12, 31), "precision": "month"},
        "source": {"title": draw(texts), "publisher": draw(plain), "url": "https://example.org/a"},
        "parties": [{"id": party, "name": draw(texts)} for party in parties],
        "commitments": [
            {**point, "number": n, "owners": draw(owners)}
            for n, point in enumerate(points, start=1)
        ],
    }


def local(text: object) -> LocalText | None:
    return None if text is None else LocalText(text["sv"], text["en"])  # type: ignore[index]


def assert_same(promise: Promise, made: dict[str, object]) -> None:
    """Hold every value against what was written, by hand and not through the reader's shapes."""
    assert promise.id == made["id"]
    assert promise.title == local(made["title"])
    assert promise.background == local(made["background"])
    assert promise.municipality == made["municipality"]
    assert promise.signed == made["signed"]
    assert [(goal.id, goal.sv, goal.en) for goal in promise.goals] == [
        (f"{made['id']}/goal-{n}", goal["sv"], goal["en"])
        for n, goal in enumerate(made["goals"], start=1)  # type: ignore[arg-type]
    ]
    points: list[dict[str, object]] = made["commitments"]  # type: ignore[assignment]
    assert len(promise.commitments) == len(points)
    for commitment, point in zip(promise.commitments, points, strict=True):
        assert commitment.id == f"{made['id']}/{point['number']}"
        assert commitment.title == local(point["title"])
        assert commitment.scope == local(point["scope"])
        assert commitment.note == local(point.get("note"))
        assert [*commitment.owners] == point["owners"]
        assert [*commitment.areas] == point["areas"]
        assert commitment.deadline == point.get("deadline")
        measure: dict[str, object] = point["measure"]  # type: ignore[assignment]
        if isinstance(commitment.measure, Count):
            assert commitment.measure.target == measure["target"]
            assert commitment.measure.reading == local(measure.get("reading"))
            assert [*commitment.measure.kinds] == measure["kinds"]
        else:
            assert isinstance(commitment.measure, Milestone)
            steps: list[dict[str, object]] = measure["steps"]  # type: ignore[assignment]
            found = [(s.id, s.title, [*s.kinds], s.due) for s in commitment.measure.steps]
            assert found == [(s["id"], local(s["title"]), s["kinds"], s.get("due")) for s in steps]


@quick
@given(made=promises())
def test_a_promise_is_read_as_written(tmp_path: Path, made: dict[str, object]) -> None:
    folder = tmp_path / "own" / "promises"
    folder.mkdir(parents=True, exist_ok=True)
    text = document(made)
    assert tomllib.loads(text) == made
    (folder / "made.toml").write_text(text, encoding="utf-8", newline="")
    catalogue = load_catalogue([bundled_data(), tmp_path / "own"])
    assert_same(catalogue.promises[-1], made)


def read(text: str) -> Promise | None:
    return read_content(file_called(Path("promises/made.toml")), text.encode("utf-8")).promise


@quick
@given(made=promises())
def test_a_promise_is_written_as_it_was_read(made: dict[str, object]) -> None:
    promise = read(document(made))
    assert promise is not None
    assert_same(promise, made)
    assert read(promise_text(promise)) == promise


def trimmed(value: object) -> object:
    """Return tables with texts as a form's fields give them, and without empty lists."""
    if isinstance(value, dict):
        return {key: trimmed(inner) for key, inner in value.items() if inner != []}
    if isinstance(value, list):
        return [trimmed(inner) for inner in value]
    return value.strip() if isinstance(value, str) else value


@quick
@given(made=promises())
def test_a_form_says_what_it_was_filled_with(made: dict[str, object]) -> None:
    promise = read(document(made))
    assert promise is not None
    form = read_promise(form_values(promise), promise, {}, promise.id, date(2018, 5, 3))
    assert trimmed(form.tables) == trimmed(tables_of(promise))
    # Of the fields alone, with nothing to fall back on, as much is known but for the ids.
    bare = read_promise(form_values(promise), None, {}, promise.id, date(2018, 5, 3)).tables
    points: list[dict[str, object]] = made["commitments"]  # type: ignore[assignment]
    for told, point in zip(bare["commitments"], points, strict=True):
        for key in ("title", "summary", "scope", "source_paragraph", "areas"):
            assert told[key] == trimmed(point[key])
        assert (told.get("note"), told.get("deadline")) == (
            trimmed(point.get("note")),
            point.get("deadline"),
        )
        measure: dict[str, object] = point["measure"]  # type: ignore[assignment]
        assert told["measure"].get("target") == measure.get("target")


@pytest.mark.parametrize("path", sorted((bundled_data() / "promises").glob("*.toml")))
def test_a_shipped_promise_is_written_as_it_was_read(path: Path) -> None:
    promise = read(path.read_text(encoding="utf-8"))
    assert promise is not None
    assert read(promise_text(promise)) == promise


def test_a_text_keeps_its_line_breaks() -> None:
    made = {**tomllib.loads((bundled_data() / "promises/mark-2018.toml").read_text("utf-8"))}
    made["background"] = {"sv": "ett\r\ntvå", "en": 'three\n"""four"""\\'}
    promise = read(document(made))
    assert promise is not None
    assert promise.background.sv == "ett\r\ntvå"
    assert read(promise_text(promise)) == promise


def test_the_terms_that_a_promise_uses_go_along() -> None:
    catalogue = load_catalogue([bundled_data()])
    written = tomllib.loads(terms_text(catalogue.vocabulary, catalogue.promise_by_id["mark-2018"]))[
        "activity_kinds"
    ]
    # Of its six points, in the file's order.
    assert [*written] == [
        *("foot_patrol", "targeted_work", "citizen_dialogue", "safety_walk"),
        *("watch_presented", "watch_started", "appointment"),
    ]
    shipped = tomllib.loads((bundled_data() / "vocabulary.toml").read_text("utf-8"))
    assert all(shipped["activity_kinds"][kind] == name for kind, name in written.items())


# Corners in order of their direction from a centre: such a ring never crosses itself.
@st.composite
def outlines(draw: st.DrawFn) -> shapely.Polygon:
    lon, lat = draw(st.floats(12, 20)), draw(st.floats(57, 65))
    reach = draw(st.lists(st.floats(0.01, 0.3), min_size=3, max_size=30))
    points = []
    for n, radius in enumerate(reach):
        x, y = shapely.affinity.rotate(
            shapely.Point(radius, 0), 360 * n / len(reach), origin=(0, 0)
        ).coords[0]
        points.append((lon + x, lat + y))
    return shapely.Polygon(points)


@quick
@given(outline=outlines())
def test_an_outline_keeps_its_coordinates(outline: shapely.Polygon) -> None:
    text = json.dumps(mapping(outline))
    read = read_outline(json.loads(text))
    assert isinstance(read, shapely.Polygon)
    assert shapely.equals_identical(read, outline)
    again = shape(json.loads(json.dumps(mapping(read))))
    assert shapely.equals_identical(again, outline)


@quick
@given(one=outlines(), move=st.floats(1, 3))
def test_an_outline_of_parts_keeps_them_all(one: shapely.Polygon, move: float) -> None:
    both = shapely.MultiPolygon([one, shapely.affinity.translate(one, move)])
    read = read_outline(json.loads(json.dumps(mapping(both))))
    assert isinstance(read, shapely.MultiPolygon)
    assert shapely.equals_identical(read, both)


def test_the_shipped_outlines_are_read_as_they_stand() -> None:
    text = (bundled_data() / "areas.geojson").read_text(encoding="utf-8")
    areas = load_catalogue([bundled_data()]).area_by_id
    for feature in json.loads(text)["features"]:
        outline = areas[feature["properties"]["id"]].outline
        assert json.loads(json.dumps(mapping(outline))) == feature["geometry"]


# --- anything at all -------------------------------------------------------------------------

names = st.sampled_from(
    ["id", "title", "sv", "en", "commitments", "measure", "type", "steps", "areas", "period", "x"]
)
scalars = (
    st.integers(-(10**20), 10**20)
    | st.booleans()
    | st.text(max_size=5)
    | DAYS
    | st.sampled_from(["count", "milestone", "presence", 1e400, float("nan")])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=15,
)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, object]:
    """A right promise where something, anywhere, is something else or gone."""
    made = draw(promises())
    here: object = made
    for _ in range(draw(st.integers(0, 5))):
        if isinstance(here, dict) and here:
            key: object = draw(st.sampled_from(sorted(here)))
        elif isinstance(here, list) and here:
            key = draw(st.integers(0, len(here) - 1))
        else:
            break
        inner = here[key]  # type: ignore[index]
        if not isinstance(inner, dict | list) or draw(st.booleans()):
            here[key] = draw(anything)  # type: ignore[index]
            break
        here = inner
    if draw(st.booleans()):
        made.pop(draw(st.sampled_from(sorted(made))))
    return made


@quick
@given(made=spoiled())
def test_a_spoiled_promise_gives_sentences_and_no_traceback(
    tmp_path: Path, made: dict[str, object]
) -> None:
    path = tmp_path / "made.toml"
    path.write_text(document(made), encoding="utf-8", newline="")
    mistakes, summary = check([path], [bundled_data()])
    assert summary.promises == (0 if mistakes else 1)
    for mistake in mistakes:
        assert mistake.file == str(path)
        assert mistake.key != "catalogue.unusable"
        for language in LANGUAGES:
            assert words(language).error(mistake)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "coordinates", "features", "properties", "geometry", "crs", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@quick
@given(value=json_values)
def test_any_json_gives_sentences_and_no_traceback(tmp_path: Path, value: object) -> None:
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": value}]}
    outline = {"type": "FeatureCollection", "features": value, "crs": value}
    for number, made in enumerate((value, collection, outline)):
        path = tmp_path / f"made{number}.json"
        path.write_text(json.dumps(made), encoding="utf-8")
        mistakes, _ = check([path], [bundled_data()])
        assert mistakes
        for mistake in mistakes:
            assert words("sv").error(mistake)


@quick
@given(data=st.binary(max_size=200), suffix=st.sampled_from([".toml", ".json", ".geojson", ".csv"]))
def test_any_bytes_give_sentences_and_no_traceback(
    tmp_path: Path, data: bytes, suffix: str
) -> None:
    path = tmp_path / f"made{suffix}"
    path.write_bytes(data)
    mistakes, _ = check([path], [bundled_data()])
    assert mistakes
    for mistake in mistakes:
        assert words("en").error(mistake)


@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon"])
@given(coordinates=json_values)
def test_any_coordinates_are_an_outline_or_a_sentence(kind: str, coordinates: object) -> None:
    read = read_outline({"type": kind, "coordinates": coordinates})
    if isinstance(read, tuple):
        assert words("sv")(f"error.{read[0]}", **read[1])
    else:
        assert read.is_valid
