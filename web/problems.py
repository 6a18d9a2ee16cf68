"""What a program is told where something is wrong: RFC 9457, ``application/problem+json``."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ConfigDict
from starlette.responses import JSONResponse

from storage.models import Value

MEDIA_TYPE = "application/problem+json"

_SAID = {
    400: "This request was not understood.",
    401: "Sign in, or send an API key.",
    403: "You may read, and change nothing.",
    404: "There is nothing under this address.",
    405: "This address does not know this method.",
    413: "The request is too large.",
    422: "Something in the request is not as described; see errors.",
    500: "Something failed on our side; it is in the log.",
    503: "The database is busy; try again in a moment.",
}


class Fault(Value):
    """One thing that is wrong in a request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    where: str
    """The part of the request and the name in it, such as query.limit."""
    what: str
    """What is wrong with it, in English."""


class Problem(Value):
    """Why there is no answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    """Always about:blank: the status says which problem it is."""
    title: str
    """The name of the status."""
    status: int
    """The HTTP status."""
    detail: str
    """The same in a sentence."""
    errors: tuple[Fault, ...] = ()
    """What is wrong in the request, where it is not as described."""


def problem(
    status: int,
    detail: str | None = None,
    errors: tuple[Fault, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for ``status``, 400 to 599; it has no text of any exception of ours."""
    found = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or _SAID.get(status, HTTPStatus(status).phrase),
        errors=errors,
    )
    headers = {"cache-control": "no-store", **(headers or {})}
    return JSONResponse(found.model_dump(), status_code=status, headers=headers, media_type=MEDIA_TYPE)
