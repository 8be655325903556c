"""Refusals: what a caller is told when its input cannot be recorded.

Knows the codes and how a validation error becomes refusals. Knows neither SQL nor how a refusal is published.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.models.columns import Described

Path = tuple[str, ...]
Model = TypeVar("Model", bound=BaseModel)


class UserErrorCode(Described):
    """Why an input was refused, for programs."""

    INVALID = "INVALID", "A value is missing, malformed or contradicts another; the message says what to give."
    NOT_FOUND = "NOT_FOUND", "No such record, or it was retracted."
    AMBIGUOUS_REFERENCE = (
        "AMBIGUOUS_REFERENCE",
        "A name fits several records; name one of the candidates by its id.",
    )
    ALREADY_RECORDED = "ALREADY_RECORDED", "The registry holds this already; see the candidates."
    IDEMPOTENCY_KEY_REUSED = (
        "IDEMPOTENCY_KEY_REUSED",
        "The key was used before with another input; choose a new key for a new input.",
    )
    VERSION_CONFLICT = "VERSION_CONFLICT", "The record has changed since the version given; read it again."
    SIGNED_IN_THE_FUTURE = (
        "SIGNED_IN_THE_FUTURE",
        "The signing lies ahead everywhere on earth; announce a planned agreement instead.",
    )
    DATES_OUT_OF_ORDER = "DATES_OUT_OF_ORDER", "A period ends before it begins, whatever the dates' precision."
    TOO_FEW_PARTIES = "TOO_FEW_PARTIES", "An agreement has two parties at least."
    DUPLICATE_PARTY = "DUPLICATE_PARTY", "Two of the parties are the same record."
    NOT_PLANNED = "NOT_PLANNED", "Only a planned agreement can be fulfilled by a signing."
    ALREADY_ENDED = "ALREADY_ENDED", "The agreement had ended before."


@dataclass(frozen=True)
class Refusal:
    """One reason why nothing was written, and where in the input it lies."""

    code: UserErrorCode
    message: str
    path: Path = ()
    candidates: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The message with the place that it speaks of, for whoever reads it on its own."""
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message


class Refused(Exception):  # noqa: N818 (an answer, not a fault)
    """The input cannot be recorded; nothing was written."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        """Keep the refusals in the order in which they were found."""
        self.refusals = tuple(refusals)
        super().__init__("; ".join(f"{refusal.code}: {refusal.message}" for refusal in self.refusals))


class UnknownOutcome(Exception):  # noqa: N818 (nobody knows whether it is an error)
    """The connection was lost while the transaction was committing: retry with the same key to learn the outcome."""


# What pydantic's own message says less well. Every other message of its own is fit for a caller.
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this input",
    "string_type": "must be text",
    "string_unicode": "holds a lone surrogate, which is no character: send valid Unicode",
    "int_from_float": "must be a whole number",
}


def parse(model: type[Model], value: object) -> Model:
    """Return the value as the model, or raise Refused with each thing that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused(_refusal(detail) for detail in error.errors(include_url=False, include_input=False)) from None


def _refusal(detail: ErrorDetails) -> Refusal:
    message = _MESSAGES.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return Refusal(UserErrorCode.INVALID, message, tuple(str(step) for step in detail["loc"]))
