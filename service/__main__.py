"""The command line.

Knows the commands and how their failures are told: one line on stderr, 2 for wrong usage or
settings, 1 for what failed. The commands import what they need themselves, because the web
framework takes longer to import than most commands take to run.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TextIO, TypeVar

import typer

from service.failure import OperatorError, describe
from service.keys import Scope
from service.settings import Settings, read_settings, variable

if TYPE_CHECKING:
    import asyncpg

Result = TypeVar("Result")

# Without markup, Typer neither imports its renderer nor draws boxes around what it says.
commands = typer.Typer(
    help="Jumelage, the system of record for city diplomacy.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="API keys: who may write.", no_args_is_help=True)
commands.add_typer(keys, name="keys")


@commands.command()
def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="How many processes answer; else JUMELAGE_WORKERS, or one.")
    ] = None,
) -> None:
    """Serve the API; all that can be set is set in the environment."""
    if workers is not None:
        os.environ[variable("workers")] = str(workers)
    settings = read_settings()
    from service import serving

    serving.serve(settings)


@commands.command(hidden=True)
def worker(number: int, listener: int, pulse: int) -> None:
    """Serve as one of several; the supervisor gives the socket and the pipe."""
    settings = read_settings()
    from service import serving

    serving.serve_as_worker(settings, number, listener, pulse)


@commands.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only tell what is pending, and exit with 1 if so.")] = False,
) -> None:
    """Bring the database to this release's schema, while the release before it serves."""
    from service.migration import NewerDatabaseError, pending, upgrade

    with database(read_settings(), migrated=False) as url:
        if not check:
            upgrade(url)
            return
        try:
            missing = pending(url)
        except NewerDatabaseError as newer:
            typer.echo(newer)
            return
    for revision in missing:
        typer.echo(f"{revision.name}  {revision.title}")
    if missing:
        raise OperatorError(f"{len(missing)} revisions are pending: run the command `migrate`")
    typer.echo("the database is at this release's revision")


@commands.command()
def load(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Release files; else our own.")] = None,
) -> None:
    """Load release files, as often as you like: what is known already is not doubled."""
    for file in files or []:
        if not file.is_file():
            raise OperatorError(f"no such file: {file}")
    from service.release import load_files

    with database(read_settings()) as url:
        typer.echo(asyncio.run(load_files(url, files or ())))


@commands.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Signings, one a line as JSON; - for standard input.")],
    name: Annotated[str, typer.Option("--as", help="Who records them; keys and references are its own.")] = "import",
    report: Annotated[Path | None, typer.Option(help="Where refusals go, as lines of JSON; else to stdout.")] = None,
) -> None:
    """Record signings from a file, or an export into an empty registry; run it again to go on where it stopped.

    Exits with 1 where a line was refused; the others stand.
    """
    if file != "-" and not Path(file).is_file():
        raise OperatorError(f"no such file: {file}")
    settings = read_settings()
    from service.import_command import run

    with ExitStack() as stack:
        lines: BinaryIO = stack.enter_context(Path(file).open("rb")) if file != "-" else sys.stdin.buffer
        refusals = stack.enter_context(report.open("w", encoding="utf-8")) if report else sys.stdout
        refused = run(stack.enter_context(database(settings)), name, lines, refusals)
    if refused:
        sys.exit(1)


@commands.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write; - for standard output.")] = "-",
) -> None:
    """Write the whole registry as lines of JSON, as it stands at one moment; API keys are left out."""
    from service.export import export_lines

    async def write(url: str, out: TextIO) -> None:
        async for line in export_lines(url):
            out.write(line + "\n")

    with ExitStack() as stack:
        out = stack.enter_context(Path(file).open("w", encoding="utf-8")) if file != "-" else sys.stdout
        url = stack.enter_context(database(read_settings()))
        asyncio.run(write(url, out))


@commands.command()
def new_epoch() -> None:
    """Name the history anew, where a restored copy goes its own way: cursors of before are then CURSOR_RESET."""
    from service.epoch import begin_epoch

    with database(read_settings()) as url:
        typer.echo(f"the history is of epoch {asyncio.run(begin_epoch(url))} from now on")


@commands.command("doctor")
def doctor_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Prove the whole history too, as `verify` does.")] = False,
) -> None:
    """Examine settings, servers and database, and say what to do; exit with 1 where something does not work."""
    from service import doctor
    from service.examination import examine

    try:
        settings = read_settings()
        with database(settings, migrated=False) as url:
            findings = asyncio.run(examine(settings, url, whole=whole))
    except OperatorError as error:
        findings = [doctor.failed("settings", str(error), "correct that, and run this again")]
    typer.echo(doctor.as_json(findings) if as_json else doctor.as_text(findings))
    if not doctor.healthy(findings):
        sys.exit(1)


@commands.command()
def generate(
    agreements: Annotated[int, typer.Option(min=1, max=100_000_000, help="How many agreements to make.")],
    cities: Annotated[int | None, typer.Option(min=2, help="How many cities; else in proportion.")] = None,
    events: Annotated[int | None, typer.Option(min=0, help="How many events; else in proportion.")] = None,
    people: Annotated[int | None, typer.Option(min=1, help="How many people; else in proportion.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same registry.")] = 1,
) -> None:
    """Fill an empty registry with invented records, for trials and measurements."""
    from service.generation import Size
    from service.generation.command import run

    with database(read_settings()) as url:
        typer.echo(run(url, Size.of(agreements, cities, events, people), seed))


@commands.command()
def load_cities(
    min_population: Annotated[
        int | None,
        typer.Option(min=0, help="Cities of so many inhabitants; else of 15,000, and smaller seats of government."),
    ] = None,
    country: Annotated[str | None, typer.Option(metavar="CC", help="One country only, such as XK.")] = None,
) -> None:
    """Load cities from GeoNames, as often as you like: known ones are completed, never overwritten."""
    from service.gazetteer import read_places

    settings = read_settings()
    places = read_places(min_population, country.upper() if country else None)
    from service.city_command import run

    with database(settings) as url:
        typer.echo(run(url, places))


@commands.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A head printed before, or a cursor: the history must have gone through it.")
    ] = None,
) -> None:
    """Prove that nobody changed the history: every change fits the one before, and the records fit their changes.

    Prints the head that the changes lead to: noted elsewhere and given back, it shows whether they were all replaced.
    """
    from service.verification import parse_head
    from service.verification import verify as verify_from

    settings = read_settings()
    try:
        known = parse_head(head) if head else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--head'") from None
    with database(settings) as url:
        typer.echo(asyncio.run(verify_from(url, known)))


@commands.command()
def prune(
    before: Annotated[str, typer.Option(metavar="MOMENT", help="A day, an instant, or an age such as 90d, 12h or 8w.")],
    archive: Annotated[Path | None, typer.Option(help="Where the pruned changes go first, as lines of JSON.")] = None,
) -> None:
    """Let go of the feed's changes before a moment, and of records' histories before it; records stay as they are.

    Subscribers that were away since before then are told to list again.
    """
    from service.pruning import parse_moment
    from service.pruning import prune as prune_before

    settings = read_settings()
    try:
        moment = parse_moment(before, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--before'") from None
    with ExitStack() as stack:
        lines = stack.enter_context(archive.open("x", encoding="utf-8")) if archive else None
        url = stack.enter_context(database(settings))
        done = asyncio.run(prune_before(url, moment, lines))
    typer.echo(f"{done.pruned} changes before {moment:%Y-%m-%d %H:%M} UTC pruned, {done.kept} kept")


@commands.command()
def documents(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Its .graphql and .gql files, in folders as well.")],
    file: Annotated[str, typer.Option("--to", metavar="FILE", help="Where to write; - for standard output.")] = "-",
) -> None:
    """Write a manifest of trusted documents, for JUMELAGE_DOCUMENTS: each document whole, by its SHA-256."""
    settings = read_settings()
    from service.http.document_command import manifest_of

    text, count = manifest_of(folder, settings)
    if file == "-":
        typer.echo(text, nl=False)
    else:
        Path(file).write_text(text, encoding="utf-8")
        typer.echo(f"{count} documents written to {file}", err=True)


@commands.command()
def database_url() -> None:
    """Print the address of the database, for psql and other programs."""
    settings = read_settings()
    if settings.database_url is not None:
        typer.echo(settings.database_url)
        return
    from service.embedded import embedded_address

    url, running = embedded_address(settings.data_dir)
    typer.echo(url)
    if not running:
        typer.echo("the embedded server is not running: it runs while the service does", err=True)


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="Who holds the key.")],
    scope: Annotated[list[Scope], typer.Option(help="What it permits; give it once for each scope.")],
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Expires after so many days; else never.")] = None,
) -> None:
    """Make a key and print it, and nothing else; it cannot be shown again."""
    from service.keys import create_key

    if not name.strip():
        raise typer.BadParameter("must not be empty", param_hint="'--name'")
    settings = read_settings()
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    pepper = settings.key_pepper.get_secret_value()
    try:
        typer.echo(ask(settings, lambda connection: create_key(connection, name, scope, pepper, expires_at)))
    except ValueError as refused:
        raise OperatorError(str(refused)) from None


@keys.command("list")
def list_() -> None:
    """List the keys, without the keys themselves."""
    from service.keys import list_keys

    rows = ask(read_settings(), list_keys)
    line = "{:10}  {:10}  {:10}  {:10}  {:10}  {:40}  {}".format
    typer.echo(line("id", "made on", "state", "expires on", "last used", "scopes", "name"))
    for row in rows:
        days = [f"{day:%Y-%m-%d}" if day else "-" for day in (row.created_at, row.expires_at, row.last_used_at)]
        typer.echo(line(row.id, days[0], row.state, days[1], days[2], " ".join(row.scopes), row.name))


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `keys list` shows it.")]) -> None:
    """Make a key invalid for good."""
    from service.keys import revoke_key

    if not ask(read_settings(), lambda connection: revoke_key(connection, key_id)):
        raise OperatorError(f"no valid key has the id {key_id!r}: see `keys list`")


@contextmanager
def database(settings: Settings, *, migrated: bool = True) -> Iterator[str]:
    """Give the address of the database for as long as a command takes.

    The embedded one is started if it does not run, and migrated unless told: nobody else looks after it.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    from service.embedded import start_embedded
    from service.migration import upgrade

    with start_embedded(settings.data_dir) as server:
        if migrated:
            upgrade(server.url)
        yield server.url


def ask(settings: Settings, question: "Callable[[asyncpg.Connection], Awaitable[Result]]") -> Result:
    """Run a function over a connection of its own."""
    from service.servers import connect

    async def answer(url: str) -> Result:
        connection = await connect(url, timeout=10)
        try:
            return await question(connection)
        finally:
            await connection.close()

    with database(settings) as url:
        return asyncio.run(answer(url))


def main() -> None:
    """Run a command, and tell its failure in one line."""
    # SIGTERM ends a command as Ctrl-C does: in order, with the embedded server let go of.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        commands(prog_name="python -m service")
    except Exception as error:
        line = describe(error)
        if line is None:
            raise
        typer.echo(f"jumelage: {line}", err=True)
        sys.exit(error.exit_code if isinstance(error, OperatorError) else 1)


if __name__ == "__main__":
    main()
