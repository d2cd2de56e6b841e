"""Which producers a token may bind, and whose sequence it may move."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import psycopg
import pytest

from tests.ingest.database import ask
from tests.ingest.gateway import Gateway, open_gateway
from tests.ingest.posting import PRODUCERS, assert_problem, post, reading, receipt
from tests.programs import Program
from tests.seed import Project, add_token

FORBIDDEN = (4403, "forbidden")
HIGHEST = 2**53 - 1


def another(
    database_url: str, project: Project, sensors: list[int] | None = None, producers: list[str] | None = None
) -> Project:
    """The project with another token."""
    with psycopg.connect(database_url) as connection:
        token, token_id = add_token(connection, project.id, sensors=sensors, producers=producers)
    return replace(project, token=token, token_id=token_id)


@contextmanager
def bound(ingest: Program, project: Project, producer: str, **more: object) -> Generator[Gateway]:
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind(producer, ["s0"], **more)["type"] == "bound"
        yield gateway


def refusal(ingest: Program, project: Project, producer: str, **more: object) -> tuple[int | None, str]:
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind(producer, ["s0"], **more)["code"] == "forbidden"
        return gateway.close_code()[0], "forbidden"


def test_a_token_limited_to_a_sensor_leaves_other_gateways_alone(
    ingest: Program, database_url: str, project: Project
) -> None:
    limited = another(database_url, project, sensors=[project.sensor_ids[0]])
    with bound(ingest, project, "rig") as gateway:
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        assert refusal(ingest, limited, "rig", resume_at=HIGHEST) == FORBIDDEN
        assert refusal(ingest, limited, "rig") == FORBIDDEN
        gateway.send_values(2, [2.0])
        assert gateway.acked_up_to(2)[-1]["accepted"] == 1
    with bound(ingest, limited, "limited"):
        pass


def test_nor_may_it_bind_what_a_former_release_made(
    ingest: Program, database_url: str, project: Project
) -> None:
    ask(database_url, "insert into producer (project_id, name, last_seq) values (%s, 'old', 7)", project.id)
    limited = another(database_url, project, sensors=[project.sensor_ids[0]])
    assert refusal(ingest, limited, "old") == FORBIDDEN
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("old", ["s0"])["last_seq"] == 7


def test_two_tokens_without_limits_keep_to_their_own(
    ingest: Program, database_url: str, project: Project
) -> None:
    neighbour = another(database_url, project)
    with bound(ingest, project, "rig"):
        assert refusal(ingest, neighbour, "rig") == FORBIDDEN


def test_a_token_that_names_a_producer_takes_it_over(
    ingest: Program, database_url: str, project: Project
) -> None:
    heir = another(database_url, project, producers=["rig*"])
    with bound(ingest, project, "rig"), bound(ingest, heir, "rig", resume_at=5):
        pass
    with bound(ingest, project, "rig"):
        pass


def test_a_token_without_limits_inherits_from_one_that_is_over(
    ingest: Program, database_url: str, project: Project
) -> None:
    first = another(database_url, project)
    with bound(ingest, first, "rig") as gateway:
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
    ask(database_url, "update ingest_token set revoked_at = now() where id = %s", first.token_id)
    limited = another(database_url, project, sensors=[project.sensor_ids[0]])
    assert refusal(ingest, limited, "rig") == FORBIDDEN
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig", ["s0"])["last_seq"] == 1
    assert refusal(ingest, another(database_url, project), "rig") == FORBIDDEN


@pytest.mark.parametrize("producers", [None, ["*"]])
def test_nobody_binds_the_producers_of_imports(
    ingest: Program, database_url: str, project: Project, producers: list[str] | None
) -> None:
    token = another(database_url, project, producers=producers)
    assert refusal(ingest, token, "import/123") == FORBIDDEN


def test_a_token_says_whether_it_may_move_a_sequence(
    ingest: Program, database_url: str, project: Project
) -> None:
    careful = another(database_url, project, producers=["rig"])
    ask(database_url, "update ingest_token set may_resume = false where id = %s", careful.token_id)
    assert refusal(ingest, careful, "rig", resume_at=10) == FORBIDDEN
    with open_gateway(ingest, careful) as gateway:
        assert gateway.bind("rig", ["s0"])["last_seq"] == 0


def test_rest_refuses_alike(
    ingest: Program, database_url: str, project: Project, client: httpx.Client
) -> None:
    limited = another(database_url, project, sensors=[project.sensor_ids[0]])
    assert post(client, reading(), producer="rig", seq=1).json() == receipt(1, seq=1)
    with httpx.Client(base_url=ingest.url, headers=limited.headers, timeout=20) as other:
        assert_problem(post(other, reading(), producer="rig", seq=2), 403, "forbidden")
        assert_problem(post(other, reading(), producer="import/1", seq=1), 403, "forbidden")
        assert other.get(PRODUCERS, params={"name": "rig"}).status_code == 404
    assert post(client, reading(2.0), producer="rig", seq=2).json() == receipt(1, seq=2)
    assert client.get(PRODUCERS, params={"name": "rig"}).json()["last_seq"] == 2
