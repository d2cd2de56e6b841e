"""No cluster runs here, but what one is told can be checked against schemas and what there is to run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from barograph.database.schema.program_roles import ProgramRole
from barograph.local.refusal import SetUpRefused
from barograph.settings import Settings
from ingest.mqtt.config import load_config
from tests.conftest import SERVICES_DIR
from tests.programs import ROOT
from tools.programs.kubernetes_schemas import ensure_schemas

FOLDER = ROOT / "deploy" / "kubernetes"
SCRAPING = ROOT / "deploy" / "prometheus" / "kubernetes.yml"
PAGE = (ROOT / "docs" / "deploy.md").read_text()
NAME = "app.kubernetes.io/name"
KNOWN_SETTINGS = {f"BAROGRAPH_{name.upper()}" for name in Settings.model_fields}
NOT_OURS = {
    *("DATABASE_HOST", "PGUSER", "PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS"),
}
PORTS = {"ingest": "ingest_port", "api": "api_port", "worker": "worker_port"}
METRICS_PORTS = {**PORTS, "mqtt": "mqtt_port"}
# What a process takes by itself.
OWN_BYTES = 512 * 2**20
# Reads manifests, and says what is wrong with each.
CHECK = """
import json, sys
import kubernetes_validate
for name, manifest in json.load(sys.stdin):
    try:
        kubernetes_validate.validate(manifest, "1.37", strict=True)
    except Exception as error:
        print(name, error)
"""
Manifest = dict[str, Any]


def manifests() -> Iterator[tuple[str, Manifest]]:
    for path in sorted(FOLDER.glob("*/*.yaml")):
        if path.name != "kustomization.yaml":
            for manifest in yaml.safe_load_all(path.read_text()):
                yield f"{path.parent.name}/{path.name}", manifest


MANIFESTS = list(manifests())
RUNNING = {
    each["metadata"]["name"]: each
    for _, each in MANIFESTS
    if each["kind"] in {"Deployment", "StatefulSet", "Job"}
}


def of_kind(kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for _, each in MANIFESTS if each["kind"] == kind}


def pod(name: str) -> Manifest:
    return RUNNING[name]["spec"]["template"]


def container(name: str) -> Manifest:
    (only,) = pod(name)["spec"]["containers"]
    return only


def kustomizations() -> list[Path]:
    return sorted(FOLDER.glob("*/kustomization.yaml"))


def test_every_manifest_follows_the_schemas_of_kubernetes() -> None:
    try:
        schemas = ensure_schemas(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no schemas to check with: {refused}")
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=schemas.environment,
        input=json.dumps(MANIFESTS),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("path", kustomizations(), ids=lambda path: path.parent.name)
def test_kustomizations_name_all_that_lies_beside_them(path: Path) -> None:
    said = yaml.safe_load(path.read_text())
    named = [*said.get("resources", []), *said.get("components", [])]
    for each in said.get("configMapGenerator", []):
        named += each.get("envs", []) + each.get("files", [])
    assert all((path.parent / name).exists() for name in named)
    beside = {each.name for each in path.parent.iterdir()} - {"kustomization.yaml"}
    assert beside == {name for name in named if "/" not in name}


def test_every_setting_exists() -> None:
    for path in FOLDER.glob("*/settings.env"):
        given = {line.partition("=")[0] for line in path.read_text().splitlines()}
        assert given <= KNOWN_SETTINGS | NOT_OURS, path
    for name in RUNNING:
        given = {each["name"] for each in container(name).get("env", [])}
        assert given <= KNOWN_SETTINGS | NOT_OURS, name


def test_secrets_are_named_never_told_and_the_page_tells_how_to_make_them() -> None:
    keys: set[str] = set()
    for name in RUNNING:
        for each in container(name).get("env", []):
            if re.search(r"KEY|PASS|SECRET|BROKER|SMTP|TOKEN", each["name"]):
                reference = each["valueFrom"]["secretKeyRef"]
                assert reference["name"] == "barograph"
                keys.add(reference["key"])
    at_first = set(re.findall(r"--from-literal=([a-z0-9-]+)=", PAGE))
    later = set(re.findall(r"\"([a-z-]+)\": \"…\"", PAGE))
    assert at_first | later == keys
    assert of_kind("Secret") == {}


def test_only_migrate_has_the_owners_password() -> None:
    def keys(name: str) -> dict[str, str]:
        env = container(name).get("env", [])
        return {each["name"]: each["valueFrom"]["secretKeyRef"]["key"] for each in env if "valueFrom" in each}

    holders = [name for name in RUNNING if "owner-database-password" in keys(name).values()]
    assert holders == ["migrate"]
    for role in ProgramRole:
        env = {each["name"]: each.get("value", "") for each in container(role.program)["env"]}
        assert env["BAROGRAPH_DATABASE_URL"].startswith(f"postgresql://{role}@$(DATABASE_HOST)/")
        assert env.get("PGUSER", role) == role
        assert keys(role.program)["PGPASSWORD"] == f"{role.program}-database-password"


@pytest.mark.parametrize("name", [*PORTS, "migrate"])
def test_of_several_hosts_the_one_is_used_that_takes_writes(name: str) -> None:
    env = {each["name"]: each.get("value", "") for each in container(name)["env"]}
    url = env["BAROGRAPH_DATABASE_URL"].replace("$(DATABASE_HOST)", "db1.example.org,db2.example.org")
    assert conninfo_to_dict(url)["target_session_attrs"] == "read-write"


def test_nobody_opens_a_port_that_is_the_roots() -> None:
    for name in RUNNING:
        assert all(port["containerPort"] >= 1024 for port in container(name).get("ports", [])), name
    (own,) = container("caddy")["ports"]
    assert f"\n:{own['containerPort']} {{\n" in (FOLDER / "base" / "Caddyfile").read_text()


def test_the_bridge_is_told_where_ingest_is_and_keeps_its_state() -> None:
    own = container("mqtt")
    config = load_config(FOLDER / "mqtt" / "bridge.toml", SecretStr("a token"), None)
    ((name, port),) = re.findall(r"^http://(\w+):(\d+)$", config.server.url)
    assert [each["port"] for each in of_kind("Service")[name]["spec"]["ports"]] == [int(port)]
    mounts = {each["mountPath"]: each["name"] for each in own["volumeMounts"]}
    (claimed,) = RUNNING["mqtt"]["spec"]["volumeClaimTemplates"]
    assert mounts[str(config.state)] == claimed["metadata"]["name"]
    assert mounts[str(Path(own["command"][-1]).parent)] == "bridge"
    assert RUNNING["mqtt"]["spec"]["replicas"] == 1


def test_prometheus_may_list_what_it_looks_for() -> None:
    (rule,) = of_kind("Role")["prometheus"]["rules"]
    (found,) = yaml.safe_load(SCRAPING.read_text())["scrape_configs"][0]["kubernetes_sd_configs"]
    assert (rule["resources"], rule["verbs"]) == ([f"{found['role']}s"], ["get", "list", "watch"])
    (account,) = of_kind("RoleBinding")["prometheus"]["subjects"]
    for name in ("metrics", "mqtt-metrics"):
        (way,) = of_kind("NetworkPolicy")[name]["spec"]["ingress"]
        (source,) = way["from"]
        namespace = source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        assert namespace == account["namespace"]


def test_what_programs_may_take_fits_into_their_memory() -> None:
    parsers_bytes = default("parsers") * default("parser_memory_bytes")
    for name, more in (("ingest", "ingest_queue_bytes"), ("api", "question_memory_bytes")):
        limit = container(name)["resources"]["limits"]["memory"]
        assert int(limit.removesuffix("Gi")) * 2**30 >= parsers_bytes + default(more) + OWN_BYTES, name


def default(setting: str) -> int:
    return int(Settings.model_fields[setting].default)


@pytest.mark.parametrize("name", METRICS_PORTS)
def test_programs_are_asked_where_they_answer(name: str) -> None:
    port = Settings.model_fields[METRICS_PORTS[name]].default
    own = container(name)
    assert own["ports"] == [{"name": "http", "containerPort": port}]
    assert own["livenessProbe"]["httpGet"]["path"] == own["startupProbe"]["httpGet"]["path"] == "/health"
    assert own["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert [each["port"] for each in of_kind("Service")[name]["spec"]["ports"]] == [port]
    python, option, module, *_ = own["command"]
    program = ROOT.joinpath(*module.split("."), "__main__.py")
    assert (python, option, program.exists()) == ("python", "-m", True)


@pytest.mark.parametrize("name", [*PORTS, "caddy"])
def test_one_may_always_go_while_the_others_serve(name: str) -> None:
    spec = RUNNING[name]["spec"]
    assert spec["replicas"] >= 2
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == spec["selector"] == of_selector(name)
    (spread,) = pod(name)["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"] == of_selector(name)
    assert container(name)["lifecycle"]["preStop"]["sleep"]["seconds"] > 0


def of_selector(name: str) -> dict[str, dict[str, str]]:
    return {"matchLabels": {NAME: name}}


@pytest.mark.parametrize("name", RUNNING)
def test_pods_are_bounded_and_unprivileged(name: str) -> None:
    own = container(name)
    assert own["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in own["resources"]["limits"]
    assert own["securityContext"]["allowPrivilegeEscalation"] is False
    assert own["securityContext"]["capabilities"]["drop"] == ["ALL"]
    spec = pod(name)["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert pod(name)["metadata"]["labels"][NAME] == name
    mounted = {each["name"] for each in own.get("volumeMounts", [])}
    claimed = RUNNING[name]["spec"].get("volumeClaimTemplates", [])
    declared = {each["name"] for each in spec.get("volumes", [])} | {
        each["metadata"]["name"] for each in claimed
    }
    assert mounted == declared


def test_the_image_runs_as_its_own_user() -> None:
    (user,) = re.findall(r"useradd --system --uid (\d+)", (ROOT / "Dockerfile").read_text())
    for name in (*PORTS, "migrate", "mqtt"):
        assert pod(name)["spec"]["securityContext"]["runAsUser"] == int(user)


def test_images_are_pinned() -> None:
    for name in RUNNING:
        image = container(name)["image"]
        assert image == "barograph" or re.search(r":\d", image), name


def test_networks_let_in_who_is_there() -> None:
    ports = {
        name: {each["name"] for each in container(name)["ports"]} for name in RUNNING if name != "migrate"
    }
    for name, policy in of_kind("NetworkPolicy").items():
        selected = names_of(policy["spec"]["podSelector"])
        assert selected <= ports.keys(), name
        for rule in policy["spec"].get("ingress", []):
            for port in rule["ports"]:
                assert all(port["port"] in ports[each] for each in selected), name
            for source in rule.get("from", []):
                assert names_of(source.get("podSelector", {})) <= ports.keys(), name
    everybody = of_kind("NetworkPolicy")["nobody"]["spec"]
    assert everybody == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "barograph"}},
        "policyTypes": ["Ingress"],
    }


def test_redis_is_for_programs_that_import_its_client() -> None:
    (rule,) = of_kind("NetworkPolicy")["redis"]["spec"]["ingress"]
    (source,) = rule["from"]
    folders = {"worker": "backfill"}
    for name in PORTS:
        files = (ROOT / folders.get(name, name)).rglob("*.py")
        asks = any(re.search("settings.redis_url", file.read_text()) for file in files)
        assert asks == (name in names_of(source["podSelector"])), name


def names_of(selector: Manifest) -> set[str]:
    by_label = selector.get("matchLabels", {})
    listed = [each for rule in selector.get("matchExpressions", []) for each in rule["values"]]
    return {by_label[NAME], *listed} if NAME in by_label else set(listed)


def test_pods_are_of_what_the_policies_select() -> None:
    """Kustomize's `labels` leaves pods alone unless it is told."""
    base = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())
    (given,) = base["labels"]
    assert given["pairs"] == {"app.kubernetes.io/part-of": "barograph"}
    assert given["includeTemplates"] is True


def test_the_migration_can_be_applied_by_itself() -> None:
    label = {"app.kubernetes.io/component": "migration"}
    assert RUNNING["migrate"]["metadata"]["labels"] == label
    assert of_kind("ServiceAccount")["barograph"]["metadata"]["labels"] == label
    base = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())
    (settings,) = [each for each in base["configMapGenerator"] if each["name"] == "barograph"]
    assert settings["options"]["labels"] == label
    assert "app.kubernetes.io/component=migration" in PAGE


@pytest.mark.parametrize("path", ["deploy/kubernetes/base/Caddyfile", "deploy/distributed/Caddyfile"])
def test_every_front_door_sends_gateways_where_the_first_does(path: str) -> None:
    def gateways(file: str) -> list[str]:
        return re.findall(r"@gateways path (.+)", (ROOT / file).read_text())

    assert gateways(path) == gateways("deploy/Caddyfile") != []
    led = re.findall(r"(?:reverse_proxy|dynamic a) (ingest|api)[: ](\d+)", (ROOT / path).read_text())
    assert sorted(led) == [("api", "8000"), ("api", "8000"), ("ingest", "8001")]
