"""Containers can't run here, but what they are told can be checked against what there is to run."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL

from api.app import create_app as create_api
from barograph.database.schema.program_roles import FOLLOWS, ProgramRole
from barograph.settings import NO_SETTINGS, Settings
from ingest.app import create_app as create_ingest
from tests.conftest import SERVICES_DIR
from tests.programs import ROOT, url_of

COMPOSE_FILE = ROOT / "compose.yaml"
DISTRIBUTED_FILE = ROOT / "deploy" / "distributed.yaml"
CADDYFILE = ROOT / "deploy" / "Caddyfile"
INGEST_SOCKET = "/ingest/v1/ws"  # which OpenAPI knows nothing of
SECRETS = (
    "BAROGRAPH_DATABASE_PASSWORD",
    "BAROGRAPH_INGEST_DATABASE_PASSWORD",
    "BAROGRAPH_API_DATABASE_PASSWORD",
    "BAROGRAPH_WORKER_DATABASE_PASSWORD",
    "BAROGRAPH_ADMIN_PASSWORD",
    "BAROGRAPH_SIGNING_KEY",
)
STAGES = (ROOT / "Dockerfile").read_text().split("\nFROM ")
# That of all programs, which the last one is, too.
(IMAGE,) = (stage for stage in STAGES if stage.partition("\n")[0].endswith(" AS programs"))
KEY = "a signing key of thirty-two bytes"
FILE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OUR_IMAGES = {"barograph", "barograph-backup"}
OURS = {name: service for name, service in SERVICES.items() if service["image"] in OUR_IMAGES}


def test_compose_files_follow_the_compose_schema() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, COMPOSE_FILE, DISTRIBUTED_FILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_distributed_file_changes_what_is_there() -> None:
    distributed = yaml.safe_load(DISTRIBUTED_FILE.read_text())
    changed: dict[str, dict[str, Any]] = distributed["services"]
    assert changed.keys() - SERVICES.keys() == {"rabbitmq"}
    for name in ("ingest", "api", "worker"):
        assert re.fullmatch(r"\$\{BAROGRAPH_[A-Z]+_REPLICAS:-[23]\}", changed[name]["deploy"]["replicas"])
    for name in ("api", "worker"):
        assert changed[name]["environment"].keys() <= OURS[name]["environment"].keys()
    (mount,) = changed["caddy"]["volumes"]
    source, target, _ = mount.split(":")
    assert (ROOT / source).is_file()
    # In place of the one of compose.yaml.
    assert [each for each in SERVICES["caddy"]["volumes"] if each.split(":")[1] == target]
    assert re.search(r":\d", changed["rabbitmq"]["image"])


def test_what_the_files_read_is_known_to_whoever_looks_for_misspelt_settings() -> None:
    known = {f"BAROGRAPH_{name.upper()}" for name in Settings.model_fields} | NO_SETTINGS
    for file in (COMPOSE_FILE, DISTRIBUTED_FILE):
        assert set(re.findall(r"\$\{(BAROGRAPH_\w+)", file.read_text())) <= known, file


def has_docker_compose() -> bool:
    docker = shutil.which("docker")
    return (
        docker is not None
        and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not has_docker_compose(), reason="docker compose is not installed")
@pytest.mark.parametrize("missing", [None, *SECRETS])
def test_docker_compose_accepts_the_file_unless_a_secret_is_missing(missing: str | None) -> None:
    environment = {name: KEY for name in SECRETS if name != missing} | {"PATH": os.environ["PATH"]}
    command = ["docker", "compose", "--file", COMPOSE_FILE, "--env-file", os.devnull, "config", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) is (missing is None), done.stderr
    assert missing is None or missing in done.stderr


def test_every_secret_is_required() -> None:
    variables = re.findall(r"\$\{(\w+)(:[?-])?", COMPOSE_FILE.read_text())
    assert {name for name, rule in variables if rule == ":?"} == set(SECRETS)
    assert all(rule for _, rule in variables)


def test_every_setting_in_the_file_exists() -> None:
    known = {f"BAROGRAPH_{name.upper()}" for name in Settings.model_fields}
    clients_own = {"BAROGRAPH_API_URL", "BAROGRAPH_INGEST_URL", "PGUSER", "PGPASSWORD"}
    clients_own |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    for name, service in OURS.items():
        assert set(service["environment"]) <= known | clients_own, name


@pytest.mark.parametrize("name", OURS)
def test_settings_that_the_file_does_not_name_come_from_one_beside_it(name: str) -> None:
    """Its own `.env` holds the owner's password, which is not for everybody."""
    assert OURS[name]["env_file"] == [{"path": "settings.env", "required": False}]


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_standby_is_asked_in_the_programs_own_role(name: str) -> None:
    environment: dict[str, str] = OURS[name]["environment"]
    assert environment["BAROGRAPH_STANDBY_URL"] == "${BAROGRAPH_STANDBY_URL:-}"
    assert environment["PGUSER"] == urlsplit(environment["BAROGRAPH_DATABASE_URL"]).username


@pytest.mark.parametrize("name", OURS)
def test_every_service_runs_a_program_that_the_image_holds(name: str) -> None:
    python, option, module, *_ = OURS[name]["command"]
    assert (python, option) == ("python", "-m")
    folder = ROOT.joinpath(*module.split("."))
    assert (folder / "__main__.py").exists()
    copied = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert module.split(".")[0] in copied


def test_the_image_finds_every_package_that_its_programs_import() -> None:
    dockerfile = IMAGE
    (path,) = re.findall(r"^ENV PYTHONPATH=(\S+)", dockerfile, re.MULTILINE)
    (workdir,) = re.findall(r"^WORKDIR (\S+)$", dockerfile, re.MULTILINE)
    copied = dict(re.findall(r"^COPY (\S+) (\S+)$", dockerfile, re.MULTILINE))
    folders = [Path(folder).relative_to(workdir) for folder in path.split(":")]
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in config["tool"]["importlinter"]["root_packages"]:
        places = [folder / package for folder in folders if (ROOT / folder / package).is_dir()]
        assert len(places) == 1, package
        assert copied[places[0].parts[0]] == places[0].parts[0], package


def test_everything_that_the_image_copies_exists_and_is_let_through() -> None:
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for source in re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        assert (ROOT / source).exists()
        within = [source, *map(str, Path(source).parents)]
        assert any(fnmatch(part, pattern) for part in within for pattern in let_through), source


def test_the_image_carries_the_portal_where_the_api_looks_for_it() -> None:
    place = Settings.model_fields["portal_dist"].default
    assert f"COPY --from=portal /portal/dist {place}\n" in IMAGE


def test_programs_run_unprivileged_and_are_watched() -> None:
    assert re.search(r"^USER barograph$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    watched = {name for name, service in SERVICES.items() if "healthcheck" in service}
    assert watched >= {"database", "redis", "ingest", "api", "worker"}


def test_programs_wait_for_migrations_which_run_once() -> None:
    for name in ("ingest", "api", "worker"):
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert OURS["migrate"]["restart"] == "no"
    assert OURS["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_image_is_that_of_all_programs_and_another_keeps_backups() -> None:
    assert STAGES[-1] == "programs\n"
    (stage,) = (each for each in STAGES if each.startswith("programs AS backup\n"))
    assert SERVICES["backup"]["build"] == {"context": ".", "target": "backup"}
    assert re.findall(r"^USER (\w+)$", stage, re.MULTILINE)[-1] == "barograph"
    mounts = dict(mount.rsplit(":", 1)[::-1] for mount in SERVICES["backup"]["volumes"])
    made = re.findall(r"install -d -o barograph -m 700 (.+)$", IMAGE + stage, re.MULTILINE)
    assert mounts.keys() <= set(" ".join(made).split())
    assert SERVICES["backup"]["environment"]["BAROGRAPH_BACKUP_TO"].endswith(":-/backups}")


def test_programs_of_postgresql_are_fetched_as_the_image_does() -> None:
    (program,) = re.findall(r'^RUN python -c "(.+)" \\$', "\n".join(STAGES), re.MULTILINE)
    environment = {**os.environ, "BAROGRAPH_SERVICES_DIR": str(SERVICES_DIR)}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_database_is_named_as_it_always_was() -> None:
    assert FILE["volumes"]["database"] == {"name": "${BAROGRAPH_DATABASE_VOLUME:-barograph_database}"}
    assert FILE["name"] == "barograph"
    (folder,) = (mount for mount in SERVICES["database"]["volumes"] if mount.startswith("."))
    source, target, _ = folder.split(":")
    (word,) = (word for word in SERVICES["database"]["command"] if word.startswith("hba_file="))
    assert (ROOT / source / Path(word).name).is_file()
    assert word == f"hba_file={target}/{Path(word).name}"


def test_only_the_front_door_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"caddy", "grafana", "prometheus"}
    assert published["grafana"] == ["127.0.0.1:3000:3000"]
    assert published["prometheus"] == ["127.0.0.1:9090:9090"]


def test_named_volumes_are_declared_and_used() -> None:
    told = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    mounts = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", mount).split(":")[0] for mount in told]
    assert {source for source in mounts if not source.startswith(".")} == set(FILE["volumes"])


def test_the_bridge_finds_the_machine_that_its_file_names() -> None:
    url: str = tomllib.loads((ROOT / "deploy" / "mqtt" / "bridge.toml").read_text())["broker"]["url"]
    (known,) = SERVICES["mqtt"]["extra_hosts"]
    assert known == f"{urlsplit(url).hostname}:host-gateway"


def test_the_prometheus_beside_them_looks_every_program_up() -> None:
    """How often jobs are read, and that the file is right, tests of `tests/watching` see to."""
    text = (ROOT / "deploy" / "prometheus" / "compose.yml").read_text()
    # What a profile adds stands there as a comment.
    told = yaml.safe_load(re.sub(r"^  # ( *(?:-|dns).*)$", r"  \1", text, flags=re.MULTILINE))
    found = {job["job_name"]: job["dns_sd_configs"][0] for job in told["scrape_configs"]}
    for name in ("api", "ingest", "worker", "mqtt"):
        assert found[f"barograph-{name}"]["names"] == [name]
        assert found[f"barograph-{name}"]["port"] == Settings.model_fields[f"{name}_port"].default
        assert name in SERVICES
    (file,) = (word for word in SERVICES["prometheus"]["command"] if word.startswith("--config.file="))
    assert file == "--config.file=/etc/prometheus/compose.yml"


def test_images_are_pinned() -> None:
    images = {service["image"] for service in SERVICES.values()} - OUR_IMAGES
    assert all(re.search(r":v?\d", image) for image in images)
    assert re.fullmatch(r"timescale/timescaledb:2\.\d+\.\d+-pg17", SERVICES["database"]["image"])


def test_only_migrate_has_the_owners_password() -> None:
    owner = "${BAROGRAPH_DATABASE_PASSWORD:?set it in the environment or in .env}"
    holders = [name for name, service in OURS.items() if owner in service["environment"].values()]
    assert holders == ["migrate", "backup"]
    for role in ProgramRole:
        environment: dict[str, str] = OURS[role.program]["environment"]
        assert urlsplit(environment["BAROGRAPH_DATABASE_URL"]).username == role
        assert f"_{role.program.upper()}_" in environment["PGPASSWORD"]


# The front door


def goes_to_ingest(path: str) -> bool:
    """By the Caddyfile, whose matcher has the form of a shell's pattern."""
    (matcher,) = re.findall(r"@gateways path (.+)", CADDYFILE.read_text())
    return any(fnmatch(path, pattern) for pattern in matcher.split())


def test_the_front_door_leads_where_the_paths_are_served(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, signing_key=KEY)  # pyright: ignore[reportArgumentType, reportCallIssue]
    nowhere = "postgresql://127.0.0.1:1/none"
    ingest = [*create_ingest(settings, nowhere).openapi()["paths"], INGEST_SOCKET]
    api = list(create_api(settings, nowhere).openapi()["paths"])
    assert len(ingest) > 1
    assert len(api) > 1
    assert [path for path in ingest if not goes_to_ingest(path)] == []
    assert [path for path in api if goes_to_ingest(path)] == []


def test_the_front_door_knows_the_services_by_name_and_port() -> None:
    text = CADDYFILE.read_text()
    ports = {
        "ingest": Settings.model_fields["ingest_port"].default,
        "api": Settings.model_fields["api_port"].default,
    }
    targets = {f"{{$BAROGRAPH_{name.upper()}_URL:http://{name}:{port}}}" for name, port in ports.items()}
    assert set(re.findall(r"reverse_proxy (\S+)", text)) == targets
    for name, port in ports.items():
        assert f"127.0.0.1:{port}/ready" in OURS[name]["healthcheck"]["test"][-1]


def test_migrating_makes_the_first_admin_whose_password_is_set(empty_database_url: str) -> None:
    environment = {**os.environ, "BAROGRAPH_DATABASE_URL": empty_database_url}
    environment |= {"BAROGRAPH_INGEST_DATABASE_PASSWORD": "chosen elsewhere"}
    environment |= {"BAROGRAPH_ADMIN_EMAIL": "ops@example.org", "BAROGRAPH_ADMIN_PASSWORD": "correct horse"}
    command = [sys.executable, "-m", "barograph", "migrate"]
    for _ in range(2):
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select email, is_admin from account").fetchall() == [
            ("ops@example.org", True)
        ]
    try:
        given = make_conninfo(empty_database_url, user="barograph_ingest", password="chosen elsewhere")
        psycopg.connect(given).close()
    finally:
        with psycopg.connect(empty_database_url) as connection:
            connection.execute(SQL("comment on role barograph_ingest is {}").format(FOLLOWS))
        url_of(ProgramRole.INGEST, empty_database_url)


def test_the_front_door_is_tls_unless_told_otherwise() -> None:
    site = SERVICES["caddy"]["environment"]["BAROGRAPH_SITE"]
    assert site == "${BAROGRAPH_SITE:-localhost}"
    addresses = re.findall(r"^\{\$BAROGRAPH_SITE:(\S+)\} \{$", CADDYFILE.read_text(), re.MULTILINE)
    # Caddy serves a name by TLS, with a certificate that it fetches or makes, unless `auto_https` is off.
    assert addresses == ["localhost"]
    assert "auto_https" not in CADDYFILE.read_text()


@pytest.mark.parametrize("path", ["deploy/Caddyfile", "deploy/distributed/Caddyfile"])
def test_the_front_door_takes_the_word_of_proxies_before_it(path: str) -> None:
    default = "127.0.0.1/32"
    trusted = f"\ttrusted_proxies static {{$BAROGRAPH_OUTER_PROXIES:{default}}}\n"
    assert trusted in (ROOT / path).read_text()
    given = SERVICES["caddy"]["environment"]["BAROGRAPH_OUTER_PROXIES"]
    assert given == f"${{BAROGRAPH_OUTER_PROXIES:-{default}}}"


@pytest.mark.parametrize("name", ["api", "ingest"])
def test_programs_behind_the_front_door_take_its_word(name: str) -> None:
    assert SERVICES[name]["environment"]["BAROGRAPH_TRUSTED_PROXIES"]
