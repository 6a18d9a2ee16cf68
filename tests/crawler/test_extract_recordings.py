"""Every recording, field by field: tests/recordings/<source>/<date-slug>/."""

import json
from functools import cache
from pathlib import Path

import pytest
from recorded_pages import recorded_snapshot, recordings

from crawler.clean import key_of
from crawler.declarations import load_families, load_sources
from crawler.extract import extract
from crawler.finder import Finder
from crawler.markup import element_text, parse
from crawler.metadata import clean_lead
from storage.models import Rejection, Revision

FIELDS = tuple(Revision.model_fields)
SOURCES = load_sources()
FAULTY: dict[str, str] = {}
"""Recordings, or fields of them, that are not read rightly yet, and why."""


@cache
def extracted(folder: Path) -> dict[str, object]:
    revision = extract(recorded_snapshot(folder), SOURCES[folder.parent.name])
    assert not isinstance(revision, Rejection), revision
    return revision.model_dump(mode="json")


def expected(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return loaded


def name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("folder", recordings(), ids=name)
def test_field(folder: Path, field: str, request: pytest.FixtureRequest) -> None:
    if reason := FAULTY.get(name(folder)) or FAULTY.get(f"{name(folder)}:{field}"):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    assert extracted(folder)[field] == expected(folder)[field]


@pytest.mark.parametrize("folder", recordings(), ids=name)
def test_a_lead_on_the_page_is_kept(folder: Path) -> None:
    """Whatever the page has in a lead's place stands in the lead or opens the text."""
    tree = parse((folder / "page.html").read_text(encoding="utf-8"))
    assert tree is not None
    hints = SOURCES[folder.parent.name].hints
    kept = key_of(f"{expected(folder)['lead']} {expected(folder)['text']}")
    for element in Finder(tree).select(hints.lead):
        assert key_of(clean_lead(element_text(element))) in kept


@pytest.mark.parametrize("family", sorted(load_families()))
def test_each_family_has_three_recordings(family: str) -> None:
    recorded = [folder for folder in recordings() if SOURCES[folder.parent.name].family == family]
    assert len(recorded) >= 3, f"Record {3 - len(recorded)} more pages of the family {family}."


def test_no_fault_is_listed_that_there_is_not() -> None:
    assert {key.partition(":")[0] for key in FAULTY} <= {name(folder) for folder in recordings()}
