"""Search: the same hits on both databases, with or without marks, and no input that breaks it."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session
from storage_samples import BAO_MAU, NOW, TOPIC, VERSION, begin, flag, minutes, read, revision

from storage import reading, search_filters
from storage.database import Database
from storage.models import Revision
from storage.search import SORTS, SearchHit, Sort, count_new, search
from storage.search_filters import Filters
from storage.search_index import rebuild_search_index
from storage.search_text import make_snippet, parse_query

TEXTS = {
    "admission": revision(
        "Chi bộ Công ty Dệt kết nạp đảng viên mới.\n\nBí thư phát biểu.",
        "Kết nạp ở khu công nghiệp",
        lead="Lễ kết nạp diễn ra sáng 19/5.",
        published_at=NOW - minutes(300),
    ),
    "marks off": revision(
        "Bai viet khong dau: ket nap dang vien moi.", "Khong dau", published_at=NOW - minutes(100)
    ),
    "other marks": revision("Anh đang viện dẫn số liệu.", "Viện dẫn", published_at=NOW - minutes(200)),
    "english": revision("The non-state sector admits Party members.", "Party cells", language="en"),
    "document": revision("Thực hiện Quy định 308-QĐ/TU và Nghị quyết 21-NQ/TW.", "Văn bản"),
    "chinese": revision("党员发展工作。", "党建", language="zh"),
}


@pytest.fixture
def texts(database: Database) -> Database:
    with database.write() as session:
        run_id = begin(session)
        for number, text in enumerate(TEXTS.values()):
            read(session, run_id, number, text)
        reading.record_flag(session, 1, flag(2), VERSION, NOW)
        reading.record_flag(session, 2, flag(0, 0.1), VERSION, NOW)
    return database


def find(database: Database, query: str, **filters: object) -> list[str]:
    return [name_of(hit.revision) for hit in hits(database, query, **filters)]


def hits(database: Database, query: str, *, sort: Sort = "best", **filters: object) -> list[SearchHit]:
    with database.read() as session:
        return search(session, query, TOPIC, Filters.model_validate(filters), sort=sort)


def name_of(found: Revision) -> str:
    return next(name for name, text in TEXTS.items() if text == found)


EXPECTED = {
    "đảng viên": ["admission", "marks off", "other marks"],
    '"kết nạp đảng viên"': ["admission", "marks off"],
    "dang vien -phat": ["marks off", "other marks"],
    "đảng viên -viện": ["admission", "marks off"],
    "đảng viên -đảng": ["marks off", "other marks"],
    'kết -"khu công nghiệp" nạp': ["marks off"],
    "dang vien -dang": [],
    "308-QĐ/TU -party": ["document"],
    "-party": ["chinese", "document", "marks off", "other marks", "admission"],
    '"ket nap dang vien"': ["marks off", "admission"],
    "“Kết Nạp Đảng Viên": ["admission", "marks off"],
    '"đảng viên kết nạp"': [],
    "viên đảng": ["admission", "marks off", "other marks"],
    "dang vien": ["marks off", "other marks", "admission"],
    "đang viện": ["other marks", "marks off", "admission"],
    "Party": ["english"],
    "non-state": ["english"],
    "state-non": [],
    "308-QĐ/TU": ["document"],
    "308-qd/tu": ["document"],
    "21-NQ": ["document"],
    "NQ-21": [],
    '"khu công nghiệp" "chi bộ"': ["admission"],
    "khu sector": [],
    "19/5": ["admission"],
    "党员发展工作": ["chinese"],
    "kết nạ": [],
    "": [],
    "  ": [],
    '"': [],
    "-/*:": [],
    "NOT party": [],
    "party OR zebra": [],
    "pa*": [],
    "folded:party": [],
    "party NEAR cells": [],
}


def test_what_is_found_and_in_which_order(texts: Database) -> None:
    assert {query: find(texts, query) for query in EXPECTED} == EXPECTED


def test_common_words_find_the_same_another_way(texts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_filters, "RARE", 0)
    monkeypatch.setattr(search_filters, "_LARGE", 0)
    assert {query: find(texts, query) for query in EXPECTED} == EXPECTED
    assert [hit.is_exact for hit in hits(texts, "đảng viên")] == [True, False, False]
    assert [hit.is_exact for hit in hits(texts, "đảng viên", sort="newest")] == [False, False, True]
    assert find(texts, "đảng viên", source=BAO_MAU.id, grade="2") == ["admission"]


def test_the_newest_come_first_where_that_is_asked(texts: Database) -> None:
    found = hits(texts, "đảng viên", sort="newest")
    assert [name_of(hit.revision) for hit in found] == ["marks off", "other marks", "admission"]
    assert [hit.is_exact for hit in found] == [False, False, True]


@pytest.mark.parametrize("sort", ["best", "newest"])
@pytest.mark.parametrize(("query", "facts"), [("đảng viên", {}), ("dang vien", {}), ("", {"language": "vi"})])
def test_pages_one_after_another_are_the_whole_list(
    texts: Database, query: str, facts: dict[str, str], sort: Sort
) -> None:
    filters, after, paged = Filters.model_validate(facts), None, []
    with texts.read() as session:
        whole = [hit.article_id for hit in search(session, query, TOPIC, filters, sort=sort)]
        for _ in whole:
            (hit,) = search(session, query, TOPIC, filters, sort=sort, after=after, limit=1)
            paged.append(after := hit.article_id)
        assert search(session, query, TOPIC, filters, sort=sort, after=after) == []
        anew = search(session, query, TOPIC, filters, sort=sort, after=12345)
    assert paged == whole
    assert [hit.article_id for hit in anew] == whole


@pytest.mark.parametrize("latest", [1, 4, 12, 100])
@pytest.mark.parametrize("order", ["as they came", "backfilled", "mixed"])
def test_the_first_by_date_are_first_whenever_they_were_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch, latest: int, order: str
) -> None:
    age_min = {"as they came": lambda n: 40 - n, "backfilled": lambda n: n, "mixed": lambda n: n * 17 % 40}
    with database.write() as session:
        run_id = begin(session)
        for number in range(40):
            words = "đảng viên" if number % 3 else "dang vien"
            when = NOW - minutes(age_min[order](number))
            read(session, run_id, number, revision(f"Kết nạp {words}.", f"Tin {number}", published_at=when))
    monkeypatch.setattr(search_filters, "RARE", 0)

    def walk(query: str, sort: Sort) -> list[int]:
        after, found = None, []
        with database.read() as session:
            while page := search(session, query, TOPIC, sort=sort, after=after, limit=3):
                found += [after := hit.article_id for hit in page]
        return found

    for query in ("đảng viên", "dang vien", "kết nạp -khong"):
        for sort in SORTS:
            monkeypatch.setattr("storage.search.LATEST", latest)
            monkeypatch.setattr(search_filters, "LATEST", latest)
            found = walk(query, sort)
            monkeypatch.setattr("storage.search._is_of_many", lambda *_: False)
            assert found == walk(query, sort)
            monkeypatch.undo()
            monkeypatch.setattr(search_filters, "RARE", 0)
        assert len(found) == 40


def test_filters_without_words_list_by_date(texts: Database) -> None:
    assert find(texts, "", language="vi") == ["document", "marks off", "other marks", "admission"]
    assert find(texts, "", grade="flagged") == ["admission"]
    assert find(texts, '"', until=NOW - minutes(200)) == ["admission"]
    assert find(texts, "", language="xx") == []


def test_what_is_new_is_counted(texts: Database) -> None:
    with texts.read() as session:
        assert count_new(session, "đảng viên", TOPIC, Filters(), NOW) == 3
        assert count_new(session, "đảng viên -viện", TOPIC, Filters(), NOW) == 2
        assert count_new(session, "", TOPIC, Filters(grade="flagged"), NOW) == 1
        assert count_new(session, "-party", TOPIC, Filters(), NOW) == 5
        assert count_new(session, "đảng viên", TOPIC, Filters(), NOW + minutes(1)) == 0
        assert count_new(session, "", TOPIC, Filters(), NOW) == 0


def test_tables_need_no_snippets(texts: Database) -> None:
    with texts.read() as session:
        found = search(session, "đảng viên", TOPIC, has_snippets=False)
    assert [hit.snippet.text for hit in found] == ["", "", ""]


def test_the_text_with_the_marks_as_typed_is_marked_exact(texts: Database) -> None:
    assert [hit.is_exact for hit in hits(texts, "đảng viên")] == [True, False, False]
    assert [hit.is_exact for hit in hits(texts, "đang viện")] == [True, False, False]
    assert all(hit.is_exact for hit in hits(texts, "dang vien"))


def test_decomposed_input_finds_the_same(texts: Database) -> None:
    assert find(texts, "đa\u0309ng viên") == find(texts, "đảng viên")


def test_filters(texts: Database) -> None:
    everything = "đảng viên"
    assert find(texts, everything, since=NOW - minutes(200)) == ["marks off", "other marks"]
    assert find(texts, everything, until=NOW - minutes(200)) == ["admission"]
    assert find(texts, everything, source=BAO_MAU.id)[:1] == ["admission"]
    assert find(texts, everything, source="sample-news") == []
    assert find(texts, everything, language="en") == []
    assert find(texts, "party", language="en") == ["english"]
    assert find(texts, everything, grade="flagged") == ["admission"]
    assert find(texts, everything, grade="0") == ["marks off", "other marks"]


def test_a_hit_tells_what_is_known(texts: Database) -> None:
    first, second, third = hits(texts, "đảng viên")
    assert (first.article_id, first.source, first.source_name) == (1, "bao-mau", "Báo Mẫu")
    assert first.url == "https://baomau.example/bai-0.html"
    assert first.flag == flag(2)
    assert second.flag == flag(0, 0.1)
    assert third.flag is None
    start, end = first.snippet.marks[0]
    assert first.snippet.text[start:end] == "đảng"


def test_an_older_revision_is_not_found(texts: Database) -> None:
    with texts.write() as session:
        reading.record_extraction(session, 1, "test 2", revision("Bản sửa."), NOW)
    assert find_titles(texts, "sửa") == ["Kết nạp đảng viên"]
    assert find(texts, "dệt") == []


def find_titles(database: Database, query: str) -> list[str]:
    return [hit.revision.title for hit in hits(database, query)]


def test_the_index_can_be_made_anew(texts: Database) -> None:
    with texts.write() as session:
        assert rebuild_search_index(session) == len(TEXTS)
        assert rebuild_search_index(session) == len(TEXTS)
    assert find(texts, "đảng viên") == ["admission", "marks off", "other marks"]


def test_a_huge_text_is_kept_and_found(database: Database) -> None:
    huge = ("a " * 400_000, "x" * 900_000, " ".join(map(str, range(100_000))), "Đ" * 300_000)
    with database.write() as session:
        run_id = begin(session)
        for number, words in enumerate(huge):
            read(session, run_id, number, revision(words, "Tựa đề"))
    assert find_titles(database, "tựa đề") == ["Tựa đề"] * 4


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(st.sampled_from("\"“*:()^-+{}|&!<>\\'%_;\0 aAđĐé1²½ßİ한党\u0300\ud800"), max_size=30)
    | st.text()
)
def test_no_input_breaks_the_query(texts: Database, query: str) -> None:
    with texts.read() as session:
        assert isinstance(search(session, query, TOPIC), list)


@given(word=st.text(st.characters(categories=["L", "N"], max_codepoint=0xFFFF), min_size=1, max_size=8))
@example(word="²")
@example(word="1e5")
@example(word="x" * 600)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_word_of_a_text_finds_it(database: Database, word: str) -> None:
    with database.write() as session:
        found = _written_and_found(session, word)
        session.rollback()
    assert found


def _written_and_found(session: Session, word: str) -> bool:
    read(session, begin(session), 1, revision(f"Trước {word} sau.", "Tựa"))
    return len(search(session, word, TOPIC)) == 1


def test_snippets() -> None:
    long = "Mở đầu. " * 60 + "Chi bộ kết nạp\n\nđảng viên mới. " + "Kết thúc. " * 60
    snippet = make_snippet(long, parse_query('"kết nạp đảng viên" mới').terms)
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    assert len(snippet.text) <= 242
    assert [snippet.text[start:end] for start, end in snippet.marks] == ["kết nạp  đảng viên", "mới"]
    assert make_snippet("Ngắn.", parse_query("zebra").terms).text == "Ngắn."
    assert make_snippet("Ngắn.", parse_query("ngan").terms).marks == ((0, 4),)
    assert make_snippet("", parse_query("ngan").terms).marks == ()


def test_a_snippet_shows_where_the_terms_stand_together() -> None:
    text = "Chi bộ họp. " + "Việc khác. " * 60 + "Chi bộ của doanh nghiệp. " + "Việc khác. " * 60
    snippet = make_snippet(text, parse_query('"chi bộ" "doanh nghiệp"').terms)
    assert [snippet.text[start:end] for start, end in snippet.marks] == ["Chi bộ", "doanh nghiệp"]


@given(st.text(), st.text())
def test_marks_stand_in_the_snippet(passage: str, query: str) -> None:
    snippet = make_snippet(passage, parse_query(query).terms)
    last = 0
    for start, end in snippet.marks:
        assert last <= start < end <= len(snippet.text)
        last = end


FILL = """
ALTER TABLE revision_search DROP CONSTRAINT fk_revision_search_revision_id;
INSERT INTO revision_search
SELECT n, to_tsvector('simple', 'so' || n || ' ' || words), ''
FROM generate_series(1, 4000) n,
LATERAL (SELECT string_agg('w' || (n * 7 + k * k) % 5000, ' ') AS words FROM generate_series(1, 300) k) w;
ANALYZE revision_search
"""
PLAN = """
EXPLAIN SELECT revision_id FROM revision_search
WHERE folded @@ phraseto_tsquery('simple', 'so7 so8')
"""


def test_postgresql_finds_a_rare_phrase_by_its_index(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's FTS5 has no way but its index.")
    with database.write() as session:
        for statement in FILL.split(";"):
            session.execute(text(statement))
        plan = "\n".join(session.execute(text(PLAN)).scalars())
    assert "ix_revision_search_folded" in plan
