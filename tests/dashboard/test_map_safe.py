from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from streamlit_folium import generate_js_hash

from dashboard.map.canvas import script_value

# Every kind of text that can be sent as UTF-8, with what means something to a script often in it.
TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [
                *("${", "}", "`", "$", "'", '"', "\\", "\\u005f", "{{", "{%", "]]>", "_1", "_a"),
                *("</script>", "<!--", "&amp;", "\u2028", "\u2029", "\x7f", "\x85", "\n", "å"),
            ]
        )
    ).map("".join),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)

FORBIDDEN = re.compile("[<>&'`$_\u2028\u2029\x7f-\x9f\x00-\x1f]")
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@given(VALUES)
def test_what_is_written_reads_back_as_the_same(value: Any) -> None:
    assert json.loads(script_value(value)) == value


@given(VALUES)
def test_nothing_that_means_something_to_html_or_a_template_is_left(value: Any) -> None:
    written = script_value(value)
    assert not FORBIDDEN.search(written)
    # Braces stand only where JSON itself puts them: outside every text.
    assert not any("{" in text or "}" in text for text in JSON_STRING.findall(written))


def test_the_known_ways_out_of_a_script_are_closed() -> None:
    hostile = "</script><img src=x onerror='a()'>`${alert(1)}`&lt;_1{{7*7}}\u2028\u2029"
    written = script_value({"title": hostile, hostile: 1})
    for way_out in ("<", ">", "&", "'", "`", "$", "{{", "_1", "\u2028", "\u2029"):
        assert way_out not in written
    assert json.loads(written) == {"title": hostile, hostile: 1}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_value({"bounds": [1.0, number]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("norrby_1", "norrby_2"),
        ("_a", "_b"),
        ({"area_1": 1}, {"area_2": 1}),
        # streamlit-folium deletes these too, since Earth Engine changes them at every start.
        ("https://kartor.example/maps/grey/{z}", "https://kartor.example/maps/colour/{z}"),
    ],
)
def test_a_change_that_streamlit_folium_would_not_see_is_seen(one: Any, other: Any) -> None:
    assert generate_js_hash(json.dumps(one)) == generate_js_hash(json.dumps(other))
    assert generate_js_hash(script_value(one)) != generate_js_hash(script_value(other))


@given(VALUES, VALUES)
@example("x_1", "x_2")
@example(["_", "_a"], ["_a", "_"])
def test_different_values_never_look_the_same_to_streamlit_folium(one: Any, other: Any) -> None:
    assume(script_value(one) != script_value(other))
    assert generate_js_hash(script_value(one)) != generate_js_hash(script_value(other))
