"""From a page's dataclass to its HTML: one template each, in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.desk import collecting, digest_for, entries_since
from digest.environment import make_environment
from digest.export import MEDIA_TYPES
from digest.i18n import LOCALES, N_, Tongue
from digest.model import Digest
from digest.render import stylesheet
from storage.database import Database
from web import forms
from web.language import COOKIE, COOKIE_MAX_AGE_S, chosen_in_address, language_of
from web.people import person_of

Clock = Callable[[], datetime]

TEMPLATES = Path(__file__).parent / "templates"

TWINS = {
    "json": ("json", "application/json"),
    "txt": ("text", "text/plain"),
    "md": ("md", "text/markdown"),
}
"""Suffix of an address -> the written form and the media type."""

API_LINK = '</api>; rel="service-doc"'
"""On every JSON twin: where the whole of it is described."""

NAVIGATION = (
    ("/", N_("Today")),
    ("/digests", N_("Digests")),
    ("/search", N_("Search")),
    ("/audit", N_("Audit")),
    ("/trends", N_("Trends")),
    ("/firms", N_("Firms")),
    ("/documents", N_("Documents")),
    ("/sources", N_("Sources")),
    ("/settings", N_("Settings")),
)
"""Each page's address and its words in the bar."""


def system_clock() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Service:
    """What every page needs of the world."""

    database: Database
    zone: ZoneInfo
    topic: str
    clock: Clock
    near_miss_score: float

    def digest_on(self, on: date, now: datetime) -> Digest | None:
        """The digest of the local day ``on``; see ``digest.desk.digest_for``."""
        return digest_for(self.database, on, now, self.zone, self.topic, near_miss_score=self.near_miss_score)

    def collecting(self, now: datetime) -> Digest:
        """The next digest as it would be ``now``."""
        return collecting(self.database, now, self.zone, self.topic, near_miss_score=self.near_miss_score)

    def entries_since(self, digest: Digest, now: datetime) -> int:
        """How many entries the next digest would have ``now`` beside the frozen ``digest``."""
        return entries_since(self.database, digest, now, self.topic)


def service_of(request: Request) -> Service:
    """The Service of the application that ``request`` reached."""
    service: Service = request.app.state.service
    return service


def show(request: Request, template: str, page: Any, *, status: int = 200) -> HTMLResponse:
    """``template`` filled with ``page``, its dataclass, in the reader's language.

    A language chosen in the address is remembered in a cookie.
    """
    locale = language_of(request)
    html = _environment(locale, service_of(request).zone).get_template(template)
    response = HTMLResponse(html.render(page=page, **_frame(request)), status_code=status)
    response.headers["content-language"] = locale
    response.headers["vary"] = "Accept-Language, Cookie"
    response.headers["cache-control"] = "no-cache"
    forms.keep_token(request, response)
    if chosen_in_address(request):
        response.set_cookie(COOKIE, locale, max_age=COOKIE_MAX_AGE_S, httponly=True, samesite="lax")
    return response


def day_in_address(written: str) -> date:
    """The day that an address names; any other spelling of it is a page that there is not."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise HTTPException(404) from None
    # One address a day: fromisoformat knows other spellings. Beyond these years a day has no neighbours.
    if day.isoformat() != written or not 1900 <= day.year <= 2999:
        raise HTTPException(404)
    return day


def twin(written: str, media_type: str, locale: str | None) -> Response:
    """A page's twin in another form; ``locale`` None where it is the same in every language."""
    headers = {"vary": "Accept-Language, Cookie", "cache-control": "no-cache"}
    if locale is not None:
        headers["content-language"] = locale
    if media_type == "application/json":
        headers["link"] = API_LINK
    return Response(written, media_type=f"{media_type}; charset=utf-8", headers=headers)


def table(written: bytes, name: str, suffix: str) -> Response:
    """An export, one of ``digest.export.EXPORTS``, as a file to keep; ``name`` is in ASCII."""
    headers = {
        "content-disposition": f'attachment; filename="{name}.{suffix}"',
        "cache-control": "no-cache",
    }
    return Response(written, media_type=MEDIA_TYPES[suffix], headers=headers)


@lru_cache(maxsize=1)
def page_stylesheet() -> str:
    """The digest's style sheet, and after it what only pages have: ``templates/*.css`` by name."""
    return "\n".join(
        [stylesheet(), *(file.read_text(encoding="utf-8") for file in sorted(TEMPLATES.glob("*.css")))]
    )


@lru_cache(maxsize=1)
def script() -> str:
    """The script of the pages: ``templates/*.js`` by name. Every page does without it too."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(TEMPLATES.glob("*.js")))


@lru_cache(maxsize=2)
def version_of(written: Callable[[], str]) -> str:
    """Changes when what is ``written`` does, so that browsers may keep it for good."""
    return sha256(written().encode()).hexdigest()[:12]


def _frame(request: Request) -> dict[str, Any]:
    path = request.url.path
    switches = [(code, "?" + request.url.include_query_params(lang=code).query) for code in LOCALES]
    return {
        "navigation": NAVIGATION,
        "current": "/" + path.split("/")[1],
        "switches": switches,
        "style_version": version_of(page_stylesheet),
        "script_version": version_of(script),
        "person": person_of(request),
        "has_session": getattr(request.state, "session", None) is not None,
        "form_token": partial(forms.form_token, request),
        "here": path + (f"?{request.url.query}" if request.url.query else ""),
    }


@lru_cache(maxsize=8)
def _environment(locale: str, zone: ZoneInfo) -> Environment:
    return make_environment(Tongue(locale, zone), is_html=True, folders=(TEMPLATES,))
