"""Our secret cookies: kept from scripts, and with https from other hosts and from http too."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response


def is_encrypted(request: Request) -> bool:
    """Whether the browser talks https, to us or to a proxy that we believe."""
    return request.url.scheme == "https"


def cookie_name(request: Request, plain: str) -> str:
    """What the cookie ``plain`` is called for ``request``.

    Browsers let only an encrypted page of this very host set a name that begins with __Host-.
    """
    return f"__Host-{plain}" if is_encrypted(request) else plain


def secret_cookie(request: Request, plain: str) -> str:
    """The value of the cookie ``plain``; empty where the browser has none."""
    return request.cookies.get(cookie_name(request, plain), "")


def set_secret_cookie(
    request: Request,
    response: Response,
    plain: str,
    value: str,
    *,
    samesite: Literal["lax", "strict"],
    max_age_s: int | None = None,
) -> None:
    """Have the browser keep ``value``, for as long as it is open where ``max_age_s`` is None."""
    response.set_cookie(
        cookie_name(request, plain),
        value,
        max_age=max_age_s,
        path="/",
        secure=is_encrypted(request),
        httponly=True,
        samesite=samesite,
    )


def drop_secret_cookie(request: Request, response: Response, plain: str) -> None:
    """Have the browser forget the cookie ``plain``."""
    secure = is_encrypted(request)
    response.delete_cookie(cookie_name(request, plain), path="/", secure=secure, httponly=True)
