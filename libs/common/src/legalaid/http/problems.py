"""Errors as RFC 9457 problem details. A problem says what to mend and never repeats what was sent."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from legalaid.telemetry import tracing

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
"""Of one answer: a small body of many wrong fields must not have an answer many times as long."""
TYPE_BASE = "https://legalaid.vn/problems/"
"""Followed by a slug of docs/problems.md. An identifier: nothing needs to answer there."""


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with the input: where (JSON pointer, RFC 6901), and what would be right."""

    pointer: str
    detail: str
    code: str


class Problem(Exception):  # noqa: N818 - the name of the thing in RFC 9457
    """An answer other than the one asked for. Raised anywhere in a request; ``detail`` must hold no input."""

    def __init__(
        self,
        status: int,
        type_slug: str,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(type_slug)
        self.status = status
        self.type_slug = type_slug
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def response(self) -> Response:
        """The problem on the wire, with the id under which our logs and traces know this request."""
        body: dict[str, Any] = {"type": TYPE_BASE + self.type_slug, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        body["trace_id"] = tracing.ids()[0]
        return Response(orjson.dumps(body), self.status, self.headers, MEDIA_TYPE)


_TITLES = {
    400: ("bad-request", "The request cannot be read"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This method is not allowed here"),
    408: ("too-slow", "The request did not come in time"),
    413: ("too-large", "The body is too large"),
    415: ("unsupported-media-type", "The body must be application/json"),
    431: ("head-too-large", "The address and headers are too large"),
}


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem of an HTTP status that the framework itself answers with."""
    slug, title = _TITLES.get(status, (f"status-{status}", HTTPStatus(status).phrase))
    return Problem(status, slug, title, headers=headers)


def coded() -> Problem:
    """A body with a content coding, such as gzip. The answer names the one that is read (RFC 9110, section 12.5.3)."""
    slug, title = _TITLES[415]
    detail = "Send the body as it is, without Content-Encoding."
    return Problem(415, slug, title, detail, headers={"Accept-Encoding": "identity", "Connection": "close"})


def unavailable() -> Problem:
    """A dependency does not answer now."""
    return Problem(
        503, "unavailable", "Try again soon", "Nothing was lost; send the same request again.", retry_after=2
    )


def internal() -> Problem:
    """Our bug."""
    return Problem(500, "internal", "Something went wrong on our side")


def of_validation(errors: Sequence[Mapping[str, Any]], names: Container[str]) -> Problem:
    """The problem of input that breaks the model: 400 when it is no JSON at all, else 422 with a pointer for each.

    Only ``names`` may stand in a pointer: an unknown field's name, or a key of a map, is input too.
    """
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(400, "malformed-json", "The body is not JSON")
    told = [_field_error(error, names) for error in errors[:MOST_ERRORS]]
    detail = f"Of {len(errors)} errors these are the first." if len(errors) > MOST_ERRORS else ""
    return Problem(422, "invalid", "The request breaks a rule", detail, errors=told)


_PLACES = {"body": "", "query": "/query", "path": "/path", "header": "/header", "cookie": "/cookie"}
_LIMITS = {
    "string_too_short": ("min_length", "At least {} characters."),
    "string_too_long": ("max_length", "At most {} characters."),
    "too_long": ("max_length", "At most {} items."),
    "too_short": ("min_length", "At least {} items."),
    "greater_than": ("gt", "More than {}."),
    "greater_than_equal": ("ge", "At least {}."),
    "less_than": ("lt", "Less than {}."),
    "less_than_equal": ("le", "At most {}."),
    "string_pattern_mismatch": ("pattern", "Must match {}."),
    "enum": ("expected", "One of {}."),
    "literal_error": ("expected", "One of {}."),
}
"""Codes whose context holds only the rule: a number, pattern or list of our own model, never the value."""
_TEXTS = {
    "missing": "Required.",
    "extra_forbidden": "Unknown; remove it.",
    "timezone_aware": "A time with an offset, such as 2026-11-23T08:00:00+07:00.",
    "datetime_from_date_parsing": "A time, such as 2026-11-23T08:00:00+07:00.",
    "datetime_parsing": "A time, such as 2026-11-23T08:00:00+07:00.",
    "date_parsing": "A date, such as 1990-05-17.",
    "date_from_datetime_parsing": "A date, such as 1990-05-17.",
    "year_range": "A year from 1900 to 2199.",
    "string_type": "Text.",
    "control_character": "Text without control characters, such as NUL or escape; line breaks are fine.",
    "int_type": "A whole number.",
    "int_parsing": "A whole number.",
    "bool_type": "true or false.",
    "bool_parsing": "true or false.",
    "model_attributes_type": "An object.",
    "model_type": "An object.",
    "dict_type": "An object.",
    "list_type": "A list.",
}


def _field_error(error: Mapping[str, Any], names: Container[str]) -> FieldError:
    code = str(error["type"])
    place, *steps = error["loc"] or ("body",)
    known = [str(step) if isinstance(step, int) or step in names else "*" for step in steps]
    pointer = "".join([_PLACES.get(str(place), ""), *("/" + step for step in known)])
    return FieldError(pointer, _advice(code, error.get("ctx") or {}), code)


def _advice(code: str, context: Mapping[str, Any]) -> str:
    if code in _LIMITS:
        name, text = _LIMITS[code]
        return text.format(context.get(name, "?"))
    return _TEXTS.get(code, "Not a value that is allowed here; see the API description.")
