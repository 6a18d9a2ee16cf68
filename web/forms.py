"""Forms: what a page posts, believed only where the page was ours.

A page elsewhere can make a browser post to us, with our cookies. So every form carries a token that only
our pages know (``show`` gives it to every template as ``form_token``), and the browser must not say that the
request comes from another site. Where somebody is signed in, the token follows from that sign-in and is
worth nothing with another; else it is compared with a cookie that is not sent along from other sites.
"""

import hmac
import secrets
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.cookies import secret_cookie, set_secret_cookie

COOKIE = "diembao_form"
FIELD = "token"
HEADER = "x-form-token"
"""Where the script on a page sends the token instead."""
MOST_FIELDS = 50


def form_token(request: Request) -> str:
    """The token of this browser: its sign-in's, or its cookie's, or a new one for ``keep_token`` to set."""
    present = _expected(request)
    if not present and not hasattr(request.state, "form_token"):
        request.state.form_token = secrets.token_urlsafe(24)
    return present or str(request.state.form_token)


def keep_token(request: Request, response: Response) -> None:
    """Give the browser the cookie of a new token, if ``form_token`` made one for ``request``."""
    new = getattr(request.state, "form_token", None)
    if new:
        set_secret_cookie(request, response, COOKIE, new, samesite="strict")


async def checked_form(request: Request) -> FormData:
    """The fields of a posted form of ours; 403 where it is not certain that it is."""
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    sent = request.headers.get(HEADER) or form.get(FIELD)
    if not is_by_key(request):
        _check(request, sent if isinstance(sent, str) else "")
    return form


def is_by_key(request: Request) -> bool:
    """Whether a program came with an API key: no browser adds one, so no other site can have made it."""
    return bool(getattr(request.state, "is_by_key", False))


async def believed(request: Request) -> None:
    """403 unless ``request``, which carries no form, has an API key or the token that our script sends."""
    if not is_by_key(request):
        _check(request, request.headers.get(HEADER, ""))


Believed = Annotated[None, Depends(believed)]
"""For a route of the API that changes something: ``_: Believed``."""

Form = Annotated[FormData, Depends(checked_form)]
"""For a route that takes a form: ``form: Form``. Texts of fields by ``text_field``."""


def text_field(form: FormData, name: str, longest: int = 200) -> str:
    """The text of one field, at most ``longest`` code points; empty where it is missing."""
    value = form.get(name, "")
    return value[:longest] if isinstance(value, str) else ""


def back(form: FormData, otherwise: str = "/") -> RedirectResponse:
    """To the page that the form stood on (its field ``back``, an address of ours), by GET."""
    wanted = text_field(form, "back", 2000)
    return RedirectResponse(wanted if is_our_address(wanted) else otherwise, status_code=303)


def is_our_address(written: str) -> bool:
    """Whether ``written`` is a path on this host, whatever a browser may make of it."""
    is_path = written.startswith("/") and not written.startswith("//")
    return is_path and written.isprintable() and "\\" not in written


def _check(request: Request, sent: str) -> None:
    expected = _expected(request)
    is_same = hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())
    if not expected or not is_same or not _is_from_here(request):
        raise HTTPException(403)


def _expected(request: Request) -> str:
    session = getattr(request.state, "session", None)
    if session:
        return hmac.new(str(session).encode(), b"form", "sha256").hexdigest()
    return secret_cookie(request, COOKIE)


def _is_from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if origin is None:
        return site in ("same-origin", "none")
    host = request.headers.get("host", "")
    # A proxy may talk https with the browser and http with us.
    return site == "same-origin" and origin in (f"http://{host}", f"https://{host}")
