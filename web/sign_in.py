"""Signing in and out: the one page that says who somebody is."""

import logging
import math
import unicodedata
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.i18n import Tongue
from storage import people
from web import passwords
from web.access import Access
from web.attempts import Attempts
from web.cookies import drop_secret_cookie, set_secret_cookie
from web.forms import Form, back, is_our_address, text_field
from web.gate import SESSION_COOKIE, SIGN_IN
from web.language import language_of
from web.pages import service_of, show
from web.people import Person, person_of

router = APIRouter()
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignInPage:
    """``sign_in.html``."""

    back: str
    """The page to go on to."""
    name: str = ""
    """As typed before."""
    is_wrong: bool = False
    """Whether name or password was wrong; it is not said which."""
    wait: str | None = None
    """How long to wait before the next attempt, in words."""
    is_overloaded: bool = False
    signed_in: Person | None = None
    """Who is signed in already."""


@router.api_route(SIGN_IN, methods=["GET", "HEAD"])
def sign_in_page(request: Request) -> Response:
    """The form; for somebody who is signed in, the ways to sign out."""
    wanted = request.query_params.get("back", "/")[:2000]
    wanted = wanted if is_our_address(wanted) else "/"
    if not _access(request).signs_in:
        return RedirectResponse("/", status_code=303)
    person = person_of(request)
    return show(request, "sign_in.html", SignInPage(wanted, signed_in=person if person.is_known else None))


@router.post(SIGN_IN)
def sign_in(request: Request, form: Form) -> Response:
    """Sign in, with a new token whatever the browser came with, and go on to the page that was wanted."""
    if not _access(request).signs_in:
        return RedirectResponse("/", status_code=303)
    name = unicodedata.normalize("NFC", text_field(form, "name").strip())
    password = text_field(form, "password", passwords.LONGEST + 1)
    service, attempts = service_of(request), _attempts(request)
    wanted = text_field(form, "back", 2000)
    page = SignInPage(wanted if is_our_address(wanted) else "/", name=name)
    address = request.client.host if request.client is not None else ""
    wait_s = attempts.begin(name, address)
    if wait_s is not None:
        return _put_off(request, page, wait_s)
    with service.database.read() as session:
        hashed = people.password_hash(session, name)
    try:
        is_right = passwords.is_right(password, hashed)
    except passwords.Overloaded:
        return _put_off(request, page, 60, is_overloaded=True)
    if not is_right or hashed is None:
        logger.warning("somebody at %s typed a wrong name or password", address)  # a name may be a password
        refused = SignInPage(page.back, name=name, is_wrong=True)
        return show(request, "sign_in.html", refused, status=HTTPStatus.FORBIDDEN)
    token = _begin(request, name, password, hashed)
    if token is None:  # removed, or given another password, at this very moment
        return show(request, "sign_in.html", SignInPage(page.back, name=name, is_wrong=True), status=403)
    attempts.succeeded(name, address)
    response = back(form)
    longest_s = int(people.LONGEST.total_seconds())
    set_secret_cookie(request, response, SESSION_COOKIE, token, samesite="lax", max_age_s=longest_s)
    return response


@router.post("/sign-out")
def sign_out(request: Request, form: Form) -> Response:
    """Sign this browser out, or with the field ``everywhere`` all browsers of the person."""
    token, person = request.state.session, person_of(request)
    if token is not None:
        with service_of(request).database.write() as session:
            people.sign_out(session, passwords.digest_of(token))
            if text_field(form, "everywhere"):
                people.sign_out_everywhere(session, person.name)
    response = RedirectResponse(SIGN_IN, status_code=303)
    drop_secret_cookie(request, response, SESSION_COOKIE)
    # What the browser kept of the pages is not for whoever sits there next.
    response.headers["clear-site-data"] = '"cache"'
    return response


def _begin(request: Request, name: str, password: str, hashed: str) -> str | None:
    """The token of a new sign-in; None where ``hashed`` is not the hash of the password any more."""
    service, now = service_of(request), service_of(request).clock()
    renewed = passwords.hash_of(password) if passwords.is_outdated(hashed) else None
    token = passwords.new_token()
    with service.database.write() as session:
        if people.password_hash(session, name) != hashed:
            return None
        if request.state.session is not None:
            people.sign_out(session, passwords.digest_of(request.state.session))
        if renewed is not None:
            people.renew_hash(session, name, hashed, renewed)
        people.sign_in(session, passwords.digest_of(token), name, now)
    return token


def _put_off(request: Request, page: SignInPage, wait_s: float, *, is_overloaded: bool = False) -> Response:
    minutes = math.ceil(wait_s / 60)
    words = Tongue(language_of(request), ZoneInfo("UTC")).span(minutes * 60)
    put_off = SignInPage(page.back, name=page.name, wait=words, is_overloaded=is_overloaded)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_overloaded else HTTPStatus.TOO_MANY_REQUESTS
    response = show(request, "sign_in.html", put_off, status=status)
    response.headers["retry-after"] = str(math.ceil(wait_s))
    return response


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def _attempts(request: Request) -> Attempts:
    attempts: Attempts = request.app.state.attempts
    return attempts
