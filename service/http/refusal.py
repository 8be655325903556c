"""Requests that are refused before they are a GraphQL request."""

from schema.errors import ErrorCode


class HTTPRefusal(Exception):  # noqa: N818 (an answer, not a fault)
    """The request is refused, with a code that decides the status, headers of its own, and what machines are told."""

    def __init__(self, message: str, code: ErrorCode, *headers: tuple[bytes, bytes], **figures: int) -> None:
        """Take what to do, and why."""
        self.code, self.headers, self.figures = code, headers, figures
        super().__init__(message)


class Malformed(HTTPRefusal):
    """The request carries no GraphQL request; the edition of 2026 tells apart what was JSON all the same."""

    def __init__(self, message: str, *, json: bool = False) -> None:
        """Take what to do, and whether there was JSON."""
        self.json = json
        super().__init__(message, ErrorCode.BAD_REQUEST)


class ClientGone(Exception):  # noqa: N818 (an end, not a fault)
    """Nobody is left to answer."""
