"""The page shown where there is no page: not found, not understood, or a fault of ours."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from web.pages import show


@dataclass(frozen=True)
class FailurePage:
    """``failure.html``."""

    status: int
    """The HTTP status; the template has words for it, and no text of any exception."""


def show_failure(request: Request, status: int) -> Response:
    """The page for ``status``, 400 to 599, with that status."""
    return show(request, "failure.html", FailurePage(int(status)), status=HTTPStatus(status))
