"""Which language a reader is served in: the address first, then the cookie, then the browser's wish."""

from starlette.requests import Request

from digest.i18n import LOCALES

COOKIE = "diembao_lang"
COOKIE_MAX_AGE_S = 365 * 24 * 3600


def chosen_in_address(request: Request) -> str | None:
    """The language that ``?lang=`` asks for, where it is one of ours."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LOCALES else None


def language_of(request: Request) -> str:
    """The interface language for ``request``, one of ``LOCALES``."""
    chosen = chosen_in_address(request) or request.cookies.get(COOKIE, "")
    return chosen if chosen in LOCALES else accepted_language(request.headers.get("accept-language", ""))


def accepted_language(header: str) -> str:
    """The best of ``LOCALES`` for an Accept-Language ``header`` (RFC 9110, section 12.5.4); else English."""
    wishes = []
    for position, item in enumerate(header.split(",")[:32]):
        tag, _, parameter = item.partition(";")
        locale = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if locale in LOCALES and weight > 0:
            wishes.append((-weight, position, locale))
    return min(wishes)[2] if wishes else LOCALES[0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
