"""Dead letters: the list, and trying them again."""

import math
from typing import Any

import psycopg
import pytest

from barograph.times import format_us
from conversion import Flag
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server, at_once
from tests.api.stored import DAY_US, NOW_US, Letter, refuse
from tests.servers.refusing import refusing


def letters(person: Person, project: str, **filters: str) -> list[dict[str, Any]]:
    return person.read(f"/projects/{project}/rejected-readings", limit=500, **filters)["items"]


def replay(person: Person, project: str, **body: object) -> dict[str, Any]:
    return person.made(f"/projects/{project}/rejected-readings:replay", body)


def readings(person: Person, sensor: str) -> list[tuple[float, float | None]]:
    items = person.read(f"/sensors/{sensor}/readings", limit=10_000)["items"]
    return [(item["raw"], item["physical"]) for item in items]


def test_a_letter_shows_what_came(server: Server, owner: Person, project: str, sensor: str) -> None:
    refuse(server, project, Letter("s", "too-old", -(2**63), 2.5, "daq"))
    (item,) = letters(owner, project)
    assert item.pop("id")
    assert item.pop("received_at") > format_us(NOW_US - DAY_US)
    assert item == {
        "producer": "daq",
        "seq": 1,
        "index": 0,
        "sensor": "s",
        "sensor_id": sensor,
        "t_us": -(2**63),
        "value": 2.5,
        "text": None,
        "code": "too-old",
        "detail": None,
        "replayed_at": None,
    }


def test_values_that_json_has_no_numbers_for_are_named(server: Server, owner: Person, project: str) -> None:
    values = (math.nan, math.inf, -math.inf)
    refuse(server, project, *(Letter("s", "not-finite", value=value) for value in values))
    assert [item["value"] for item in letters(owner, project)] == ["-Infinity", "Infinity", "NaN"]


@pytest.mark.parametrize(
    ("filters", "indices"),
    [
        ({}, [3, 2, 1, 0]),
        ({"sensor": "s"}, [1, 0]),
        ({"producer": "daq"}, [2]),
        ({"code": "too-old"}, [1]),
        ({"from": format_us(NOW_US - DAY_US), "to": format_us(NOW_US - DAY_US + 1)}, [3, 2, 0]),
        ({"received_to": format_us(NOW_US - DAY_US)}, [3]),
        ({"received_from": format_us(NOW_US - DAY_US)}, [2, 1, 0]),
        ({"replayed": "false"}, [3, 2, 1, 0]),
        ({"replayed": "true"}, []),
        ({"sensor": "s", "code": "too-old"}, [1]),
    ],
)
def test_the_list_is_narrowed_by_filters(
    server: Server, owner: Person, project: str, filters: dict[str, str], indices: list[int]
) -> None:
    refuse(
        server,
        project,
        Letter("s"),
        Letter("s", "too-old", NOW_US - 400 * DAY_US),
        Letter("t", producer="daq"),
        Letter("u", age="2 days"),
    )
    assert [item["index"] for item in letters(owner, project, **filters)] == indices


def test_letters_are_listed_page_by_page(server: Server, owner: Person, project: str) -> None:
    refuse(server, project, *[Letter("s")] * 5)
    path = f"/projects/{project}/rejected-readings"
    first = owner.read(path, limit=3)
    rest = owner.read(path, limit=3, cursor=first["next_cursor"])
    assert [item["index"] for item in first["items"] + rest["items"]] == [4, 3, 2, 1, 0]
    assert rest["next_cursor"] is None


def test_unknown_codes_and_filters_are_refused(owner: Person, project: str) -> None:
    for filters in ({"code": "bad"}, {"colour": "red"}, {"from": "x"}, {"replayed": "maybe"}):
        assert owner.get(f"/projects/{project}/rejected-readings", filters).status_code == 422


def test_letters_of_a_sensor_that_now_exists_are_stored_and_converted(
    server: Server, owner: Person, project: str
) -> None:
    refuse(server, project, Letter("late", value=1.0), Letter("late", value=2.0), Letter("never"))
    sensor = owner.made(f"/projects/{project}/sensors", {"key": "late"})["id"]
    linear = {"kind": "linear", "payload": {"slope": 10, "offset": 1}}
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", linear)["id"]
    owner.made(f"/conversion-profiles/{profile}:activate")
    answer = replay(owner, project)
    assert answer == {"replayed": 2, "rejected": 1, "next_cursor": None}
    assert readings(owner, sensor) == [(1.0, 11.0), (2.0, 21.0)]
    assert [item["replayed_at"] is None for item in letters(owner, project)] == [True, False, False]
    assert owner.read(f"/sensors/{sensor}")["status"] == "active"
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(
            "select count(*) from dirty_window join sensor on sensor.id = any(sensor_ids)"
            " where sensor.public_id = %s",
            (sensor,),
        ).fetchone()
    assert row == (1,)


def test_a_letter_is_stored_once_however_often_it_is_replayed(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    refuse(server, project, *(Letter("s", "sensor-inactive", value=float(n)) for n in range(50)))
    answers = at_once(*[lambda: replay(owner, project)] * 4)
    answers.append(replay(owner, project))
    assert sum(answer["replayed"] for answer in answers) == 50
    assert len(readings(owner, sensor)) == 50


def test_what_is_refused_again_stays_with_the_reason_of_today(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    owner.patch(f"/sensors/{sensor}", {"status": "inactive"})
    refuse(server, project, Letter("s"), Letter("5", "unknown-channel"), Letter("s", value=math.nan))
    assert replay(owner, project) == {"replayed": 0, "rejected": 3, "next_cursor": None}
    codes = [item["code"] for item in letters(owner, project)]
    assert codes == ["sensor-inactive", "unknown-channel", "sensor-inactive"]


def test_only_what_was_chosen_is_tried(server: Server, owner: Person, project: str, sensor: str) -> None:
    refuse(server, project, *(Letter("s", value=float(n)) for n in range(3)))
    chosen = letters(owner, project)[1]["id"]
    assert replay(owner, project, ids=[chosen])["replayed"] == 1
    assert readings(owner, sensor) == [(1.0, None)]
    assert replay(owner, project, code="too-old")["replayed"] == 0
    assert replay(owner, project, sensor="s")["replayed"] == 2


def test_letters_of_many_days_are_stored_in_several_transactions(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    refuse(server, project, *(Letter("s", t_us=NOW_US - day * DAY_US) for day in range(1, 71)))
    assert replay(owner, project)["replayed"] == 70
    assert len(readings(owner, sensor)) == 70


def test_a_letter_that_the_database_refuses_stays_alone_and_says_so(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    refuse(server, project, *(Letter("s", value=float(n)) for n in range(9)))
    with refusing(server.database_url, "new.raw in (3, 7)"):
        assert replay(owner, project) == {"replayed": 7, "rejected": 2, "next_cursor": None}
    assert [raw for raw, _ in readings(owner, sensor)] == [0, 1, 2, 4, 5, 6, 8]
    waiting = [(item["value"], item["code"]) for item in letters(owner, project, replayed="false")]
    assert waiting == [(7, "storage-refused"), (3, "storage-refused")]
    assert replay(owner, project)["replayed"] == 2


def test_letters_of_another_project_are_out_of_reach(
    server: Server, people: People, project: str, sensor: str, make_project: ProjectMaker
) -> None:
    refuse(server, project, Letter("s"))
    (letter,) = letters(people.owner, project)
    assert replay(people.owner, make_project(), ids=[letter["id"]])["replayed"] == 0
    assert readings(people.owner, sensor) == []


def test_letters_are_hidden_from_viewers_who_see_physical_values_only(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    refuse(server, project, Letter("s"))
    assert people.viewer.get(f"/projects/{project}/rejected-readings").status_code == 403
    assert len(letters(people.editor, project)) == 1


def test_letters_of_a_file_may_be_as_old_as_files(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    long_ago = NOW_US - 3650 * DAY_US
    refuse(server, project, Letter("s", "unknown-sensor", long_ago, 1.0, f"import/{sensor}"))
    refuse(server, project, Letter("s", "unknown-sensor", long_ago, 2.0, "daq"))
    answer = replay(owner, project)
    assert (answer["replayed"], answer["rejected"]) == (1, 1)
    assert [raw for raw, _ in all_of(server, sensor)] == [1.0]


def all_of(server: Server, sensor: str) -> list[tuple[float, float | None]]:
    """Raw and physical of a sensor's readings, however old."""
    with psycopg.connect(server.database_url) as connection:
        return connection.execute(
            "select raw, physical from any_reading join sensor on sensor.id = sensor_id where public_id = %s",
            (sensor,),
        ).fetchall()


@pytest.mark.usefixtures("sensor")
def test_letters_are_counted_by_what_they_have_in_common(server: Server, owner: Person, project: str) -> None:
    refuse(
        server,
        project,
        Letter("s", "too-old", producer="daq", age="1 day"),
        Letter("s", "too-old", producer="daq"),
        Letter("s", "too-old"),
        Letter("t", producer="daq"),
        Letter("s", "not-finite", value=math.nan),
    )
    path = f"/projects/{project}/rejected-readings/summary"

    def counted(**asked: str) -> list[tuple[Any, ...]]:
        items = owner.read(path, **asked)["items"]
        return [
            tuple(item[name] for name in ("code", "sensor", "producer", "count", "replayable"))
            for item in items
        ]

    assert counted() == [
        ("too-old", "s", "daq", 2, True),
        ("not-finite", "s", None, 1, False),
        ("too-old", "s", None, 1, True),
        ("unknown-sensor", "t", "daq", 1, True),
    ]
    assert counted(by="code") == [
        ("too-old", None, None, 3, True),
        ("not-finite", None, None, 1, False),
        ("unknown-sensor", None, None, 1, True),
    ]
    assert counted(by="producer,sensor", to=format_us(NOW_US - DAY_US // 2)) == [(None, "s", "daq", 1, True)]
    (daq,) = [item for item in owner.read(path, by="producer")["items"] if item["producer"]]
    newest, oldest = daq["last_received_at"], daq["first_received_at"]
    assert newest > format_us(NOW_US - DAY_US // 2) > oldest
    assert replay(owner, project, code="too-old")["replayed"] == 3
    assert [row[:4] for row in counted(by="code")] == [
        ("not-finite", None, None, 1),
        ("unknown-sensor", None, None, 1),
    ]
    for asked in ({"by": "colour"}, {"by": ""}, {"from": "x"}, {"colour": "red"}):
        assert owner.get(path, asked).status_code == 422


def test_counts_are_hidden_with_the_letters(people: People, make_project: ProjectMaker) -> None:
    path = f"/projects/{make_project(raw_access='editors')}/rejected-readings/summary"
    assert people.viewer.get(path).status_code == 403
    assert people.editor.get(path).status_code == 200


def test_what_could_not_be_read_is_shown_and_never_stored(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    refuse(
        server,
        project,
        Letter("s", "bad-value", value=math.nan, text='"21.5"'),
        Letter("s", "bad-time", t_us=-(2**63), text="yesterday"),
        Letter("s", "bad-time", t_us=-(2**63), value=math.nan, text='yesterday, {"a":1}'),
        Letter("s", "sensor-inactive", value=2.0**53, text="9007199254740993"),
    )
    assert replay(owner, project) == {"replayed": 1, "rejected": 3, "next_cursor": None}
    shown = [
        (each["code"], each["t_us"] is None, each["value"], each["text"]) for each in letters(owner, project)
    ]
    assert shown == [
        ("sensor-inactive", False, 2.0**53, "9007199254740993"),
        ("bad-time", True, None, 'yesterday, {"a":1}'),
        ("bad-time", True, 1.5, "yesterday"),
        ("bad-value", False, None, '"21.5"'),
    ]
    (stored,) = owner.read(f"/sensors/{sensor}/readings")["items"]
    assert (stored["raw"], stored["flags"]) == (2.0**53, int(Flag.ROUNDED))


def test_a_letter_says_which_field_no_reading_has(server: Server, owner: Person, project: str) -> None:
    texts = {
        '{"sensor":"s","t_us":0,"vale":1}': """a reading has no "vale". Did you mean 'value'?""",
        '{"sensor":"s","value":1,"unit":"' + "x" * 160 + "…": 'a reading has no "unit".',
        '{"a":[1]}': None,
        '"21.5"': None,
        "{": None,
    }
    refuse(server, project, *[Letter("s", "bad-value", text=text) for text in texts])
    assert [item["detail"] for item in letters(owner, project)] == [*texts.values()][::-1]
