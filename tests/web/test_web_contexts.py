"""Each page renders one dataclass: the template uses each of its documented fields, and no other."""

import re
from dataclasses import fields

import pytest

from web.article import ArticlePage
from web.digests import DigestPage, DigestsPage
from web.failure import FailurePage
from web.pages import TEMPLATES
from web.search import SearchPage
from web.sources import SourcesPage
from web.summaries import SummaryPage
from web.today import NextPage, TodayPage

PAGES = (
    ArticlePage,
    DigestPage,
    DigestsPage,
    FailurePage,
    SearchPage,
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
    assert set(re.findall(r"\bpage\.(\w+)", template)) == {field.name for field in fields(page)}


def test_every_template_of_a_page_has_its_dataclass() -> None:
    named = {re.match(r"``(\w+\.html)``", page.__doc__ or "")[1] for page in PAGES}
    pages = {
        path.name for path in TEMPLATES.glob("*.html") if 'extends "layout.html"' in path.read_text("utf-8")
    }
    assert named == pages
