"""Patterns of topics and templates of keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt.key_template import KeyTemplate, UnfitKeyTemplate
from ingest.mqtt.topics import TopicPattern, UnfitPattern
from tests.examples import few_examples

LEVEL = st.text(st.characters(exclude_characters="/#+{}\0$", codec="utf-8"), max_size=5)


@pytest.mark.parametrize(
    ("pattern", "wanted", "topic", "levels"),
    [
        ("rigs/{rig}/{part}", "rigs/+/+", "rigs/r1/pump", {"rig": "r1", "part": "pump"}),
        ("rigs/{rig}/{part}", "rigs/+/+", "rigs/r1/pump/x", None),
        ("rigs/{rig}/{part}", "rigs/+/+", "rigs/r1", None),
        ("rigs/{rig}/+/x", "rigs/+/+/x", "rigs/r1/any/x", {"rig": "r1"}),
        ("rigs/{rest...}", "rigs/#", "rigs/a/b", {"rest": "a/b"}),
        ("rigs/{rest...}", "rigs/#", "rigs", {"rest": ""}),
        ("rigs/#", "rigs/#", "other/a", None),
        ("#", "#", "a/b", {}),
        ("#", "#", "$SYS/broker", None),
        ("{any}/x", "+/x", "/x", {"any": ""}),
        ("plain", "plain", "plain", {}),
    ],
)
def test_a_pattern_is_a_filter_with_names(
    pattern: str, wanted: str, topic: str, levels: dict[str, str] | None
) -> None:
    found = TopicPattern(pattern)
    assert found.filter == wanted
    assert found.match(topic) == levels


@pytest.mark.parametrize(
    "text", ["", "a/#/b", "{x...}/b", "a{x}", "a+", "{a}/{a}", "{topic}/x", "x\0", "{A}"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(UnfitPattern):
        TopicPattern(text)


@few_examples(100)
@given(st.lists(st.tuples(st.booleans(), LEVEL), min_size=1, max_size=6))
def test_a_topic_made_of_a_pattern_gives_its_levels_back(parts: list[tuple[bool, str]]) -> None:
    pattern = "/".join(f"{{n{place}}}" if named else level for place, (named, level) in enumerate(parts))
    if not pattern:
        return
    topic = "/".join(level for _, level in parts)
    wanted = {f"n{place}": level for place, (named, level) in enumerate(parts) if named}
    assert TopicPattern(pattern).match(topic) == wanted
    assert TopicPattern(pattern).match(f"{topic}/more") is None


PATTERN_LEVEL = st.sampled_from(["a", "b", "", "+", "$x"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    levels = draw(st.lists(PATTERN_LEVEL, min_size=1, max_size=4))
    return "/".join([*levels, "#"] if draw(st.booleans()) else levels)


@few_examples(300)
@given(
    patterns().filter(bool),
    patterns().filter(bool),
    st.lists(st.sampled_from(["a", "b", "", "$x", "c"]), min_size=1, max_size=5),
)
def test_whatever_a_covered_pattern_is_of_the_covering_one_is_of_too(
    wide: str, narrow: str, levels: list[str]
) -> None:
    covering, covered, topic = TopicPattern(wide), TopicPattern(narrow), "/".join(levels)
    assert covering.covers(covering)
    if covering.covers(covered) and covered.match(topic) is not None:
        assert covering.match(topic) is not None


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ("plain/{rig}/{name}", "plain/special/{name}", True),
        ("plain/special/{name}", "plain/{rig}/{name}", False),
        ("a/{rest...}", "a", True),
        ("a/{rest...}", "a/+/b", True),
        ("a/+", "a/#", False),
        ("a/+/#", "a/#", False),
        ("#", "a/#", True),
        ("#", "$SYS/#", False),
        ("a/+/c", "a/b/+", False),
    ],
)
def test_a_pattern_covers_another_one(wide: str, narrow: str, is_covered: bool) -> None:
    assert TopicPattern(wide).covers(TopicPattern(narrow)) is is_covered


def test_an_empty_placeholder_takes_the_separator_before_it_along() -> None:
    template = KeyTemplate("{node}/{device}/{metric}.{field}")
    full = {"node": "n", "device": "d", "metric": "m", "field": "f"}
    assert template.key(full) == "n/d/m.f"
    assert template.key(full | {"device": ""}) == "n/m.f"
    assert template.key(full | {"field": ""}) == "n/d/m"


@pytest.mark.parametrize("text", ["{}", "{a!r}", "{a:>3}", "{a", "a}"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(UnfitKeyTemplate):
        KeyTemplate(text)
