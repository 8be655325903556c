"""What an operator can mend.

Knows how a failure is told in one line: ours by what raised it, the driver's and the system's
from their exceptions. Knows nothing of refusals, which are answers to callers of the API.
"""

import errno
import socket
import sys
from typing import ClassVar


class OperatorError(Exception):
    """Tell the operator, in one line, what is wrong and what to do.

    The command line prints the text without a traceback and ends with `exit_code`.
    """

    exit_code: ClassVar[int] = 1


def describe(error: BaseException) -> str | None:
    """Say in one line what an operator should know of an error; None for one that is a bug.

    Only the driver's own text is repeated, which holds no address and no password.
    """
    if isinstance(error, OperatorError):
        return str(error)
    return _describe_unknown(error) or _describe_driver(error) or _describe_system(error)


def _describe_unknown(error: BaseException) -> str | None:
    errors = sys.modules.get("service.errors")
    if errors is None or not isinstance(error, errors.UnknownOutcome):
        return None
    return f"{error}: run the command again, which records nothing twice"


def _describe_driver(error: BaseException) -> str | None:
    asyncpg = sys.modules.get("asyncpg")  # looked up, because importing it costs more than most commands need
    if asyncpg is None:
        return None
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"the database refuses the user or password: {_first_line(error)}; check DATABASE_URL"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"{_first_line(error)}; create it, or correct DATABASE_URL"
    if isinstance(error, asyncpg.UndefinedTableError):
        return f"{_first_line(error)}; run the command `migrate` first"
    if isinstance(error, asyncpg.ClientConfigurationError):
        return f"DATABASE_URL is not understood: {_first_line(error)}"
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"the database answered: {_first_line(error)}"
    return None


def _describe_system(error: BaseException) -> str | None:
    if type(error).__name__ == "SSLCertVerificationError":  # by name, because importing ssl costs every command
        return (
            f"the database's certificate is not trusted ({_first_line(error)}); check sslrootcert and sslmode in "
            "DATABASE_URL"
        )
    if isinstance(error, OSError):
        if error.filename is not None:
            return f"{error.filename}: {error.strerror}"
        if isinstance(error, ConnectionError | TimeoutError | FileNotFoundError | socket.gaierror) or (
            error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)
        ):
            return f"the database cannot be reached ({_first_line(error)}); check that it runs, and DATABASE_URL"
        return _first_line(error)
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
