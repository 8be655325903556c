"""The rules of the house, read from the syntax trees: who may import whom, and how long things may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

# The edge: the only modules that may see both the web and the schema.
EDGE = {
    *("service.app", "service.http", "service.serving", "service.explorer", "service.__main__", "service.probes"),
    "service.web_server",
    "service.observing",
    *("service.sse", "service.websocket", "service.websocket_messages", "service.websocket_protocol"),
}
# From the top down: a module may import what stands in its own layer or below.
LAYERS = [
    EDGE,
    {"schema"},
    {"service"},
    {"service.database", "service.sql", "service.pool", "service.notification", "service.servers", "service.addresses"},
    {"service.plan", "service.metrics", "service.tracing", "service.failure", "service.version"},
    {"service.models"},
]
WEB = {"fastapi", "starlette", "uvicorn", "strawberry", "graphql"}
SQL = {"sqlalchemy", "asyncpg", "alembic"}
# Longer than allowed, each for its reason.
LONG_FILES = {"alembic/versions/0001_registry.py": "one generated revision makes all tables"}
LONG_FUNCTIONS = {
    ("alembic/versions/0001_registry.py", "upgrade"): "the same",
    ("alembic/versions/0001_registry.py", "downgrade"): "the same",
}
# The schema turns a driver's errors into what a client is told, and builds its types from SQLModel's declarations.
SQL_ALLOWED = {"schema.execution": {"asyncpg"}}


def sources(*folders: str) -> Iterator[tuple[str, Path, ast.Module]]:
    """Yield name, path and syntax tree of every module in the folders."""
    for folder in folders:
        for path in sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts):
            relative = path.relative_to(ROOT)
            yield ".".join(relative.with_suffix("").parts).removesuffix(".__init__"), path, ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield every module that is imported when the module runs; what only a type checker sees does not count."""
    unseen = {id(node) for branch in ast.walk(tree) if _is_type_checking(branch) for node in ast.walk(branch)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def at_the_edge(module: str) -> bool:
    """Tell whether a module is, or lies in, one of the edge."""
    return any(module == name or module.startswith(name + ".") for name in EDGE)


def layer(module: str) -> int | None:
    """Return the number of the module's layer from the top; None for what is not ours."""
    found = None
    for number, names in enumerate(LAYERS):
        if any(module == name or module.startswith(name + ".") for name in names):
            found = number
            if number == 0:
                break
    return found


@pytest.mark.parametrize(
    ("name", "path", "tree"), [pytest.param(*each, id=each[0]) for each in sources("service", "schema")]
)
def test_imports_point_downwards(name: str, path: Path, tree: ast.Module) -> None:
    own = layer(name)
    assert own is not None
    upward = [module for module in imports(tree) if (other := layer(module)) is not None and other < own]
    # What the command line and a start need is imported late and from above; see service/__init__.py.
    assert not upward or at_the_edge(name), f"{name} imports {upward} from above"


@pytest.mark.parametrize(
    ("name", "path", "tree"), [pytest.param(*each, id=each[0]) for each in sources("service", "schema")]
)
def test_sql_and_graphql_do_not_meet(name: str, path: Path, tree: ast.Module) -> None:
    used = {module.partition(".")[0] for module in imports(tree)}
    if name.startswith("schema"):
        assert not used & (SQL - SQL_ALLOWED.get(name, set()))
    elif not at_the_edge(name):
        assert not used & WEB


@pytest.mark.parametrize("name", ["service.plan", "service.sql", "schema.planner"])
def test_planning_is_pure(name: str) -> None:
    trees = [
        tree for module, _, tree in sources("service", "schema") if module == name or module.startswith(name + ".")
    ]
    assert trees
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert not [node for tree in trees for node in ast.walk(tree) if isinstance(node, waits)]


def test_files_and_functions_are_short() -> None:
    too_long = []
    for _, path, tree in sources("service", "schema", "alembic", "tests", "bench", "trials", "clients"):
        file = str(path.relative_to(ROOT))
        if len(path.read_text().splitlines()) > MAX_FILE_LINES and file not in LONG_FILES:
            too_long.append(file)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES and (file, node.name) not in LONG_FUNCTIONS:
                    too_long.append(f"{file}: {node.name} has {lines} lines")
    assert not too_long
