"""A Digest in its written forms: one model, four formats, three languages."""

import json
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import Markup

from digest.environment import TEMPLATES, make_environment
from digest.errors import UnknownFormat
from digest.harmless import json_escapes
from digest.i18n import Tongue
from digest.model import Digest

FORMATS = ("html", "text", "md", "json")
"""What ``render`` writes."""

_GAPS = re.compile(r"\n{3,}")
_TEMPLATE_NAMES = {"html": "digest.html", "text": "digest.txt", "md": "digest.md"}


def render(digest: Digest, format: str, locale: str, zone: ZoneInfo) -> str:
    """``digest`` written in ``format`` (one of ``FORMATS``) for readers of ``locale`` (one of ``LOCALES``).

    ``html`` is a page that stands alone: styles inside, no script, nothing fetched. ``json`` is the
    frozen form and the same in every locale. Times are shown on ``zone``'s clock.

    Raises UnknownFormat.
    """
    if format == "json":
        return json_escapes(json.dumps(digest.to_body(), ensure_ascii=False, indent=2)) + "\n"
    if format not in _TEMPLATE_NAMES:
        raise UnknownFormat(format, FORMATS)
    environment = _environment(locale, zone, is_html=format == "html")
    written = environment.get_template(_TEMPLATE_NAMES[format]).render(
        digest=digest,
        is_page=False,
        stylesheet=Markup(stylesheet()) if format == "html" else "",  # noqa: S704
    )
    return _GAPS.sub("\n\n", written).strip("\n") + "\n"


def render_fragment(digest: Digest, locale: str, zone: ZoneInfo) -> Markup:
    """``digest`` as the part of an HTML page between its frame; titles lead to ``/articles/{id}``."""
    template = _environment(locale, zone, is_html=True).get_template("_digest.html")
    return Markup(template.render(digest=digest, is_page=True))  # noqa: S704 - the template escapes


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The one style sheet, of the standalone digest and of the web pages."""
    return (TEMPLATES / "diembao.css").read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def _environment(locale: str, zone: ZoneInfo, *, is_html: bool) -> Environment:
    return make_environment(Tongue(locale, zone), is_html=is_html)
