"""What the dashboard shows and what the alerts fire on is what the service exports; each alert has a page to read."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from service import metrics
from tests.conftest import open_folder
from tests.server import ROOT, serving

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "jumelage.json").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
# What Prometheus itself adds.
TARGET = {"instance", "job"}
INTERVAL = re.compile(r"\$__(rate_)?interval")

Exported = dict[str, set[str]]
"""The names of samples with their labels."""


@pytest.fixture(scope="module")
def exported() -> Exported:
    """What a server exports that has answered, refused and looked for a standby."""
    settings = {
        "JUMELAGE_LOAD_RELEASES": "false",
        "JUMELAGE_READ_DATABASE_URL": "postgresql://jumelage@/jumelage?host=/nowhere",
    }
    with open_folder() as folder, serving(folder / "data", **settings) as server:
        for query in ("query Position { feedCursor }", "query Nothing { nothing }", "{ agreements { totalCount } }"):
            server.post(query)
        text = httpx.get(f"{server.root}/metrics").text
    found: Exported = defaultdict(set)
    for family in text_string_to_metric_families(text):
        suffixes = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}.get(family.type, ("",))
        for suffix in suffixes:
            found[family.name + suffix] |= set()
        for sample in family.samples:
            found[sample.name] |= set(sample.labels)
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):  # of which nothing may have happened yet
            for name in (name for name in found if name.startswith(metric._name)):
                found[name] |= set(metric._labelnames)
    return found


def selectors(expression: Any) -> Iterator[Any]:
    """Return every selection of series in an expression."""
    match expression:
        case promql_parser.VectorSelector():
            yield expression
        case promql_parser.MatrixSelector():
            yield expression.vector_selector
        case promql_parser.BinaryExpr():
            yield from selectors(expression.lhs)
            yield from selectors(expression.rhs)
        case promql_parser.Call():
            for argument in expression.args:
                yield from selectors(argument)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr():
            yield from selectors(expression.expr)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return
        case _:
            raise AssertionError(f"{type(expression).__name__} is not looked into")


def queries() -> Iterator[tuple[str, str]]:
    """Return every query of the dashboard and of the alerts, with its place."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"]
    for note in DASHBOARD["annotations"]["list"]:
        yield note["name"], note["expr"]
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]


QUERIES = [pytest.param(expression, id=place) for place, expression in queries()]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_asks_for_what_is_exported(exported: Exported, query: str) -> None:
    parsed = promql_parser.parse(INTERVAL.sub("5m", query))
    found = [*selectors(parsed)]
    assert found
    allowed = set(TARGET)
    for selector in found:
        if selector.name != "up":
            assert selector.name in exported, f"{selector.name} is not exported"
        labels = exported.get(selector.name, set()) | TARGET
        asked = {matcher.name for matcher in selector.matchers.matchers}
        assert asked <= labels, f"{selector.name} has no {asked - labels}"
        allowed |= labels
    grouped = {name.strip() for group in re.findall(r"by \(([^)]*)\)", query) for name in group.split(",")}
    assert grouped <= allowed | {"le"}, f"no series has {grouped - allowed}"


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["alert"]) for rule in ALERTS])
def test_every_alert_says_what_is_wrong_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert f"\n## {rule['alert']}\n" in RUNBOOK


def test_the_runbook_has_no_page_for_an_alert_that_there_is_not() -> None:
    pages = re.findall(r"^## (Jumelage\w+)$", RUNBOOK, re.MULTILINE)
    assert pages == [rule["alert"] for rule in ALERTS]


def test_every_metric_is_explained(exported: Exported) -> None:
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exported if name.startswith("jumelage_")}
    explained = set(re.findall(r"`(jumelage_\w+)", OPERATING))
    assert ours == explained


def test_the_dashboard_s_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_nothing_of_the_dashboard_depends_on_one_installation() -> None:
    assert set(re.findall(r'"uid": "([^"]*)"', json.dumps(DASHBOARD))) == {"${datasource}", "jumelage"}
