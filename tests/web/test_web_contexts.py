"""Each page renders one dataclass: the template uses each of its documented fields, and no other."""

import re
from dataclasses import fields

import pytest

from web.api.description import ApiPage
from web.archived import ArchivedView
from web.article import ArticlePage
from web.audit import AuditPage
from web.digests import DigestPage, DigestsPage
from web.failure import FailurePage
from web.pages import TEMPLATES
from web.quantities import QuantitiesPage
from web.registers import DocumentPage, DocumentsPage, FirmPage, FirmsPage
from web.search import SearchPage
from web.settings_page import SettingsPage
from web.sign_in import SignInPage
from web.source import SourcePage
from web.sources import SourcesPage
from web.story import StoryPage
from web.summaries import SummaryPage
from web.today import NextPage, TodayPage
from web.trends import TrendsPage

PAGES = (
    ArchivedView,
    AuditPage,
    SettingsPage,
    SourcePage,
    StoryPage,
    ApiPage,
    QuantitiesPage,
    FirmsPage,
    FirmPage,
    DocumentsPage,
    DocumentPage,
    TrendsPage,
    ArticlePage,
    DigestPage,
    DigestsPage,
    FailurePage,
    SearchPage,
    SignInPage,
    SourcesPage,
    NextPage,
    SummaryPage,
    TodayPage,
)


@pytest.mark.parametrize("page", PAGES)
def test_a_template_uses_the_fields_of_its_page(page: type) -> None:
    named = re.match(r"``(\w+\.html)``", page.__doc__ or "")
    assert named, "the docstring names the template"
    template = (TEMPLATES / named[1]).read_text(encoding="utf-8")
    used = set(re.findall(r"\bpage\.(\w+)", template))
    worked_out = {name for name, value in vars(page).items() if isinstance(value, property)}
    assert (
        {field.name for field in fields(page)} <= used <= {field.name for field in fields(page)} | worked_out
    )


def test_every_template_of_a_page_has_its_dataclass() -> None:
    named = {re.match(r"``(\w+\.html)``", page.__doc__ or "")[1] for page in PAGES}
    pages = {
        path.name for path in TEMPLATES.glob("*.html") if 'extends "layout.html"' in path.read_text("utf-8")
    }
    assert named == pages
