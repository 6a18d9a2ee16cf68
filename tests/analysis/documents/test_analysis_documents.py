"""Party documents in their spellings: invented sentences, labelled articles, hostile text."""

import json
import unicodedata
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.documents import find_documents
from analysis.flag import clean
from analysis.places import find_places
from storage.models import DocumentMention

SHARED = Path(__file__).parents[3].parent / "shared"
TABLE = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def expected(documents: str) -> list[tuple[str, str, str]]:
    found = []
    for document in filter(None, (part.strip() for part in documents.split(";"))):
        exact, key, dated, *_ = [*(cell.strip() for cell in document.split(">")), ""]
        found.append((exact, key, dated))
    return found


def as_row(document: DocumentMention) -> tuple[str, str, str]:
    return document.exact, document.key, document.dated.isoformat() if document.dated else ""


def find(text: str, language: str = "vi", published_on: date | None = None) -> tuple[DocumentMention, ...]:
    places = find_places(text, language=language)
    return find_documents(text, language=language, published_on=published_on, places=places)


@pytest.mark.parametrize(("language", "text", "documents"), TABLE, ids=[row[1][:50] for row in TABLE])
def test_a_sentence_names_these_documents(language: str, text: str, documents: str) -> None:
    found = find_documents(text, language=language)
    assert [as_row(document) for document in found] == expected(documents)
    assert all(text[document.start : document.end] == document.exact for document in found)


def test_there_are_cases_enough() -> None:
    assert len(TABLE) >= 60
    assert sum(not row[2] for row in TABLE) >= 15, "documents of the State"


def test_decomposed_text_is_found_after_cleaning() -> None:
    text = clean(unicodedata.normalize("NFD", "Chỉ thị số 33-CT/TW ngày 18/3/2019, Quyết định số 308-QĐ/TU."))
    assert [document.key for document in find(text)] == ["33-CT/TW/2019", "308-QĐ/TU"]


def test_a_document_issued_after_the_text_is_not_meant() -> None:
    text = "Nghị quyết 21-NQ/TW về đất đai."
    assert find(text)[0].key == "21-NQ/TW/2026"
    assert find(text, published_on=date(2023, 5, 1))[0].key == "21-NQ/TW"


def test_the_same_number_of_another_year_is_another_document() -> None:
    first, second = find("Chỉ thị số 33-CT/TW năm 2014 và Chỉ thị số 33-CT/TW năm 2019.")
    assert first.key != second.key
    assert first.title != second.title
    (unknown,) = find("Chỉ thị số 33-CT/TW ngày 5/5/2009.")
    assert (unknown.key, unknown.title) == ("33-CT/TW/2009", None)


def test_a_provincial_document_is_of_the_province_named() -> None:
    (document,) = find("Tỉnh ủy Bình Dương ban hành Chương trình số 25-CTr/TU.")
    assert (document.key, document.issuer) == ("25-CTr/TU Bình Dương/2021", "TU Bình Dương")
    assert document.dated == date(2021, 7, 7)
    (other,) = find("Tỉnh ủy Bến Tre ban hành Chương trình số 25-CTr/TU.")
    assert (other.key, other.title) == ("25-CTr/TU Bến Tre", None)
    (bac_giang,) = find("The Bac Giang Provincial Party Committee follows Decision No. 308-QD/TU.", "en")
    assert bac_giang.issuer == "TU Bắc Giang"
    assert bac_giang.title is not None


def test_one_key_for_all_spellings_of_a_document() -> None:
    texts = (
        ("vi", "Nghị quyết số 21-NQ/TW ngày 16-6-2022"),
        ("en", "Resolution No. 21-NQ/TW, dated June 16, 2022"),
        ("fr", "Résolution N° 21-NQ/TW du 16 juin 2022"),
        ("es", "Resolución n.º 21-NQ/TW de 16 de junio de 2022"),
    )
    assert {find(text, language)[0].key for language, text in texts} == {"21-NQ/TW/2022"}


def labelled() -> list[tuple[str, str, list[str]]]:
    paths = [
        SHARED / "corpus" / name
        for name in ("figures-dev.jsonl", "figures-seeds.jsonl", "relevance-dev.jsonl")
    ]
    if not all(path.exists() for path in paths):
        pytest.skip("../shared is absent")
    figures, seeds, texts = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in paths
    )
    by_id = {record["id"]: record for record in texts}
    found = [
        (by_id[record["id"]]["lang"], clean(by_id[record["id"]]["text"]), record["documents"])
        for record in figures
    ]
    for record in seeds:
        text = clean((SHARED / "seeds" / record["id"]).read_text(encoding="utf-8"))
        found.append(("fr" if "Comité" in text else "en", text, record["documents"]))
    return found


def test_labelled_articles_name_these_documents_and_no_others() -> None:
    right = named = 0
    for language, text, documents in labelled():
        party = {clean(name) for name in documents if "ND-CP" not in name}
        found = {document.exact for document in find(text, language)}
        assert found == party, text[:80]
        right += len(found & party)
        named += len(found)
    assert right == named >= 20


PIECES = [
    "Nghị quyết ",
    "số ",
    "21",
    "-NQ/TW",
    " ngày ",
    "16/6/2022",
    "31/2/2020",
    " của Tỉnh ủy ",
    "Resolution ",
    "Đại hội XIII",
]
ALPHABET = st.one_of(st.characters(), st.sampled_from([*" .,-–/()\n0123456789", *PIECES]))


@given(st.lists(ALPHABET, max_size=40).map("".join))
def test_any_text_gives_exact_offsets(text: str) -> None:
    text = clean(text)
    found = find(text)
    assert all(text[document.start : document.end] == document.exact for document in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_time_is_linear_in_hostile_text() -> None:
    for piece in (
        "Nghị quyết 21 ",
        "21-NQ/TW ",
        "Nghị quyết số ",
        "của ",
        "1",
        "Resolution of the 13th ",
        "33-CT/TU năm 2019, ",
    ):
        find(piece * 8000)
