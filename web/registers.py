"""Firms and Documents: the registers, and every mention of one firm or document."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.export import TABLES, export_table
from digest.feeds import flagged_feed
from storage import mentions, queries, registers
from storage.mentions import Mention
from storage.models import Value
from storage.registers import ACTS, Firm, Order, Part, PartyDocument
from web.asked import PAGE_SIZE, Pager, choice_asked, page_asked, pager, words_asked
from web.feeds import ARTICLES_SHOWN, feed_response, home_of
from web.language import language_of
from web.pages import Service, service_of, show, table
from web.trends import PLACES
from web.twins import json_twin

router = APIRouter()

MOST_EXPORTED = 10_000
FORMS = ("json", *TABLES)
"""Suffixes of a list in another form."""
ORDERS: tuple[Order, ...] = ("stories", "latest", "first", "name")


@dataclass(frozen=True)
class RegisterForm:
    """What the reader asked for, as understood; it fills the form again."""

    words: str
    place: str | None
    act: str | None
    order: Order


@dataclass(frozen=True)
class FirmsPage:
    """``firms.html``."""

    form: RegisterForm
    places: list[str]
    acts: tuple[str, ...]
    orders: tuple[Order, ...]
    lines: list[Firm]
    pager: Pager


@dataclass(frozen=True)
class FirmPage:
    """``firm.html``."""

    firm: Firm
    mentions: list[Mention]
    pager: Pager


@dataclass(frozen=True)
class DocumentsPage:
    """``documents.html``."""

    form: RegisterForm
    orders: tuple[Order, ...]
    lines: list[PartyDocument]
    pager: Pager


@dataclass(frozen=True)
class DocumentPage:
    """``document.html``."""

    document: PartyDocument
    mentions: list[Mention]
    pager: Pager


@router.api_route("/firms", methods=["GET", "HEAD"])
def firms(request: Request) -> Response:
    """The register of firms."""
    form, page = _form(request), page_asked(request)
    found = _firms(service_of(request), form, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    shown = FirmsPage(form, PLACES, ACTS[:-1], ORDERS, found.lines, pager(request, page, found.total))
    return show(request, "firms.html", shown)


@router.api_route("/firms.{suffix}", methods=["GET", "HEAD"])
def firms_twin(request: Request, suffix: str) -> Response:
    """The register of firms, as filtered, in another form."""
    found = _firms(service_of(request), _form(request), 0, MOST_EXPORTED)
    return _twin(request, Firm, found, "firms", suffix)


@router.api_route("/firms/{key:path}.atom", methods=["GET", "HEAD"])
def firm_feed(request: Request, key: str) -> Response:
    """The articles that name one firm, the newest first."""
    line, found = _firm_mentions(service_of(request), key, 0, ARTICLES_SHOWN)
    return _feed(request, line.exact, f"/firms/{key}", found)


@router.api_route("/firms/{key:path}.{suffix}", methods=["GET", "HEAD"])
def firm_twin(request: Request, key: str, suffix: str) -> Response:
    """The mentions of one firm in another form."""
    if suffix not in FORMS:
        return firm(request, f"{key}.{suffix}")  # a name with a full stop
    line, found = _firm_mentions(service_of(request), key, 0, MOST_EXPORTED)
    return _twin(request, Mention, found, "firm", suffix, {"firm": line})


@router.api_route("/firms/{key:path}", methods=["GET", "HEAD"])
def firm(request: Request, key: str) -> Response:
    """One firm: every mention with its sentence."""
    page = page_asked(request)
    line, found = _firm_mentions(service_of(request), key, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    return show(request, "firm.html", FirmPage(line, found.lines, pager(request, page, found.total)))


@router.api_route("/documents", methods=["GET", "HEAD"])
def documents(request: Request) -> Response:
    """The register of Party documents."""
    form, page = _form(request), page_asked(request)
    found = _documents(service_of(request), form, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    shown = DocumentsPage(form, ORDERS, found.lines, pager(request, page, found.total))
    return show(request, "documents.html", shown)


@router.api_route("/documents.{suffix}", methods=["GET", "HEAD"])
def documents_twin(request: Request, suffix: str) -> Response:
    """The register of Party documents, as filtered, in another form."""
    found = _documents(service_of(request), _form(request), 0, MOST_EXPORTED)
    return _twin(request, PartyDocument, found, "documents", suffix)


@router.api_route("/documents/{key:path}.atom", methods=["GET", "HEAD"])
def document_feed(request: Request, key: str) -> Response:
    """The articles that name one document, the newest first."""
    line, found = _document_mentions(service_of(request), key, 0, ARTICLES_SHOWN)
    return _feed(request, line.exact, f"/documents/{key}", found)


@router.api_route("/documents/{key:path}.{suffix}", methods=["GET", "HEAD"])
def document_twin(request: Request, key: str, suffix: str) -> Response:
    """The mentions of one document in another form."""
    if suffix not in FORMS:
        return document(request, f"{key}.{suffix}")
    line, found = _document_mentions(service_of(request), key, 0, MOST_EXPORTED)
    return _twin(request, Mention, found, "document", suffix, {"document": line})


@router.api_route("/documents/{key:path}", methods=["GET", "HEAD"])
def document(request: Request, key: str) -> Response:
    """One Party document: every mention with its sentence."""
    page = page_asked(request)
    line, found = _document_mentions(service_of(request), key, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    shown = DocumentPage(line, found.lines, pager(request, page, found.total))
    return show(request, "document.html", shown)


def _form(request: Request) -> RegisterForm:
    order = next((name for name in ORDERS if name == request.query_params.get("order")), ORDERS[0])
    return RegisterForm(
        words=words_asked(request),
        place=choice_asked(request, "place", PLACES),
        act=choice_asked(request, "act", ACTS),
        order=order,
    )


def _firms(service: Service, form: RegisterForm, offset: int, limit: int) -> Part[Firm]:
    with service.database.read() as session:
        return registers.firms(
            session,
            service.topic,
            place=form.place,
            act=form.act,
            words=form.words,
            order=form.order,
            offset=offset,
            limit=limit,
        )


def _documents(service: Service, form: RegisterForm, offset: int, limit: int) -> Part[PartyDocument]:
    with service.database.read() as session:
        return registers.documents(
            session, service.topic, words=form.words, order=form.order, offset=offset, limit=limit
        )


def _firm_mentions(service: Service, key: str, offset: int, limit: int) -> tuple[Firm, Part[Mention]]:
    with service.database.read() as session:
        line = registers.firm(session, service.topic, key)
        if line is None:
            raise HTTPException(404)
        return line, mentions.mentions_of_firm(session, service.topic, key, offset, limit)


def _document_mentions(
    service: Service, key: str, offset: int, limit: int
) -> tuple[PartyDocument, Part[Mention]]:
    with service.database.read() as session:
        line = registers.document(session, service.topic, key)
        if line is None:
            raise HTTPException(404)
        return line, mentions.mentions_of_document(session, service.topic, key, offset, limit)


def _twin(
    request: Request,
    kind: type[Value],
    found: Part[Firm] | Part[PartyDocument] | Part[Mention],
    name: str,
    suffix: str,
    of: dict[str, Value] | None = None,
) -> Response:
    if suffix == "json":
        return json_twin({**(of or {}), "total": found.total, "items": found.lines})
    if suffix not in FORMS:
        raise HTTPException(404)
    return table(export_table(kind, found.lines, suffix, service_of(request).zone), name, suffix)


def _feed(request: Request, title: str, path: str, found: Part[Mention]) -> Response:
    service, locale = service_of(request), language_of(request)
    numbers = list(dict.fromkeys(mention.article_id for mention in found.lines))
    with service.database.read() as session:
        judged = queries.judged_articles(session, numbers, service.topic)
    articles = [judged[number] for number in numbers if number in judged]
    written = flagged_feed(articles, locale, service.zone, home_of(request), title=title, path=path)
    return feed_response(written, locale)
