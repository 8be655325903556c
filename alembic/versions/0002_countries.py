"""Fill in the countries, with their names in all languages that CLDR has."""

from collections.abc import Iterator, Sequence

from babel import Locale, localedata

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Codes that CLDR names beside those of ISO 3166-1: groupings, exceptional reservations, and tests.
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
ROWS_A_STATEMENT = 5_000


def upgrade() -> None:
    """Insert the countries and their names; written as literals, so that offline SQL holds them too."""
    codes = sorted(code for code in Locale("en").territories if is_country(code))
    _insert("country (code)", ((code,) for code in codes))
    _insert("country_name (country_code, language, name)", names(set(codes)))


def downgrade() -> None:
    """Take them out again."""
    op.execute("DELETE FROM country_name")
    op.execute("DELETE FROM country")


def is_country(code: str) -> bool:
    """Tell whether CLDR's territory code is a country's."""
    return len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES


def names(codes: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield code, language tag and name for each language that names the country itself, not by inheritance."""
    for identifier in localedata.locale_identifiers():
        language, *script = identifier.split("_")
        if len(script) > 1 or (script and len(script[0]) != 4):
            continue  # a regional variant
        territories = localedata.load(identifier, merge_inherited=False).get("territories", {})
        for code in sorted(codes & territories.keys()):
            if name := territories[code].strip():
                yield code, "-".join([language, *script]), name


def _insert(target: str, rows: Iterator[tuple[str, ...]]) -> None:
    while chunk := [row for _, row in zip(range(ROWS_A_STATEMENT), rows, strict=False)]:
        values = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in chunk)
        op.execute(f"INSERT INTO {target} VALUES {values}".replace(":", "\\:"))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
