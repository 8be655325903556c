"""Writes the tables of settings in the README and in docs/operating.md: python -m tests.settings_table."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.settings import Settings, allowed, variable

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- settings: written by `make settings` -->\n", "<!-- end of settings -->\n"


def groups() -> dict[str, list[str]]:
    """Return the names of the settings under the sentence that says what they are about, the general ones first."""
    found: dict[str, list[str]] = {}
    classes = [Settings, *(each for each in Settings.__mro__[1:] if each.__module__.startswith("service."))]
    for each in classes:
        own = [name for name in Settings.model_fields if name in each.__annotations__]
        if own:
            assert each.__doc__
            heading = "The most common" if each is Settings else each.__doc__.splitlines()[0].rstrip(".")
            found[heading] = own
    return found


def default(name: str) -> str:
    """Return a setting's default as it would be set."""
    value = Settings.model_fields[name].default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return "none" if value is None or not text else f"`{text}`"


def bounds_of(field: FieldInfo) -> str:
    """Return what is allowed for a field, as short as a table wants it."""
    return allowed(field).removeprefix("a whole number from ").removeprefix("given as ")


def table(names: Iterable[str], *, bounds: bool) -> str:
    """Return the table of some settings, with what is allowed in them where asked for."""
    rows = ["| setting | default | allowed | meaning |" if bounds else "| setting | default | meaning |"]
    rows.append("| --- " * rows[0].count(" |") + "|")
    for name in names:
        field = Settings.model_fields[name]
        cells = [f"`{variable(name)}`", default(name), *([bounds_of(field)] if bounds else []), str(field.description)]
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


def tables() -> dict[Path, str]:
    """Return what stands between the marks in each file."""
    grouped = groups()
    everything = "\n".join(f"### {heading}\n\n{table(names, bounds=True)}" for heading, names in grouped.items())
    return {
        ROOT / "README.md": table(next(iter(grouped.values())), bounds=False),
        ROOT / "docs" / "operating.md": everything,
    }


def written(path: Path) -> str:
    """Return what stands between the marks in a file now."""
    return path.read_text().partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def main() -> None:
    for path, text in tables().items():
        before, begin, rest = path.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        assert begin and end, f"{path} has no place for the settings"
        path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
