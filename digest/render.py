"""A Digest in its written forms: one model, four formats, three languages."""

import json
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import Markup

from digest.environment import TEMPLATES, make_environment
from digest.errors import UnknownFormat
from digest.harmless import json_escapes
from digest.i18n import Tongue
from digest.model import Digest
from digest.summary import Summary

FORMATS = ("html", "text", "md", "json")
"""What ``render`` writes."""

_GAPS = re.compile(r"\n{3,}")
_SUFFIXES = {"html": "html", "text": "txt", "md": "md"}


def render(digest: Digest, format: str, locale: str, zone: ZoneInfo) -> str:
    """``digest`` written in ``format`` (one of ``FORMATS``) for readers of ``locale`` (one of ``LOCALES``).

    ``html`` is a page that stands alone: styles inside, no script, nothing fetched. ``json`` is the
    frozen form and the same in every locale. Times are shown on ``zone``'s clock.

    Raises UnknownFormat.
    """
    return _render(digest.to_body(), "digest", format, locale, zone, digest=digest, is_page=False)


def render_summary(summary: Summary, format: str, locale: str, zone: ZoneInfo) -> str:
    """``summary`` as ``render`` writes a digest."""
    body = summary.model_dump(mode="json")
    return _render(body, "summary", format, locale, zone, summary=summary, is_page=False)


def _render(body: Any, name: str, format: str, locale: str, zone: ZoneInfo, **facts: Any) -> str:
    if format == "json":
        return json_escapes(json.dumps(body, ensure_ascii=False, indent=2)) + "\n"
    if format not in _SUFFIXES:
        raise UnknownFormat(format, FORMATS)
    environment = _environment(locale, zone, is_html=format == "html")
    facts["stylesheet"] = Markup(stylesheet()) if format == "html" else ""  # noqa: S704
    written = environment.get_template(f"{name}.{_SUFFIXES[format]}").render(facts)
    return _GAPS.sub("\n\n", written).strip("\n") + "\n"


def render_fragment(digest: Digest, locale: str, zone: ZoneInfo) -> Markup:
    """``digest`` as the part of an HTML page between its frame; titles lead to ``/articles/{id}``."""
    template = _environment(locale, zone, is_html=True).get_template("_digest.html")
    return Markup(template.render(digest=digest, is_page=True))  # noqa: S704 - the template escapes


def render_summary_fragment(summary: Summary, locale: str, zone: ZoneInfo) -> Markup:
    """``summary`` as the part of an HTML page between its frame."""
    template = _environment(locale, zone, is_html=True).get_template("_summary.html")
    return Markup(template.render(summary=summary, is_page=True))  # noqa: S704 - the template escapes


def render_mail(digest: Digest, locale: str, zone: ZoneInfo) -> str:
    """``digest`` as the HTML part of a mail: the styles at each element, for clients that drop sheets.

    What a client may leave out (the dark colours) stays a style sheet; nothing is fetched.
    """
    from css_inline import CSSInliner  # noqa: PLC0415 - 2 MB, for mails alone

    template = _environment(locale, zone, is_html=True).get_template("mail.html")
    sheet = (TEMPLATES / "mail.css").read_text(encoding="utf-8")
    written = template.render(digest=digest, is_page=False, stylesheet=Markup(sheet))  # noqa: S704
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(written)


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The one style sheet, of the standalone digest and of the web pages."""
    return (TEMPLATES / "diembao.css").read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def _environment(locale: str, zone: ZoneInfo, *, is_html: bool) -> Environment:
    return make_environment(Tongue(locale, zone), is_html=is_html)
