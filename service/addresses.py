"""How the address of a database names the servers that may stand for it.

Knows the address alone; who is connected to is found by servers.py.
"""

import re
from urllib.parse import parse_qsl

WANTED = "target_session_attrs"


def servers_of(url: str) -> list[str]:
    """Return an address for each of the servers that an address names.

    As for PostgreSQL's own clients: postgresql://user:password@one:5432,two:5432/database
    """
    scheme, _, rest = url.partition("://")
    authority = re.split("[/?]", rest, maxsplit=1)[0]
    credentials, at, hosts = authority.rpartition("@")
    return [f"{scheme}://{credentials}{at}{host}{rest[len(authority) :]}" for host in hosts.split(",")]


def for_writing(url: str) -> str:
    """Return the address, asking for the primary where it names several servers and does not say which is wanted."""
    given = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    several = len(servers_of(url)) > 1 or any(name == "host" and "," in value for name, value in given)
    if not several or any(name == WANTED for name, _ in given):
        return url
    return f"{url}{'&' if '?' in url else '?'}{WANTED}=read-write"
