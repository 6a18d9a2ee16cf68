"""Statements are kept with their Revision, replaced as a whole, and gathered by key."""

from datetime import date

import pytest
from sqlalchemy import inspect
from sqlmodel import Session, select
from storage_samples import NOW, TOPIC, VERSION, begin, flag, judge, minutes, read, revision

from storage import reading, statements
from storage.database import Database
from storage.models import DocumentMention, EnterpriseMention, PlaceMention, Quantity, Statements
from storage.statements import record_statements, statements_of
from storage.tables import QuantityRow


def quantity(value: float = 29, indicator: str = "members_admitted", **facts: object) -> Quantity:
    return Quantity.model_validate(
        {
            "indicator": indicator,
            "value": value,
            "unit": "people",
            "place": "Bắc Giang",
            "place_today": "Bắc Ninh",
            "period": "2025",
            "kind": "result",
            "exact": "29 quần chúng ưu tú",
            "start": 3,
            "end": 22,
            **facts,
        }
    )


def document(key: str = "33-CT/TW/2014", **facts: object) -> DocumentMention:
    base = {"exact": "Chỉ thị số 33-CT/TW", "key": key, "number": "33-CT/TW", "type": "CT"}
    return DocumentMention.model_validate(base | facts)


def firm(key: str = "hoa mai", exact: str = "Công ty TNHH Hoa Mai", **facts: object) -> EnterpriseMention:
    sentence = f"{exact} ra mắt chi bộ đầu tiên."
    return EnterpriseMention.model_validate(
        {"exact": exact, "key": key, "act": "founds", "sentence": sentence} | facts
    )


PLACE = PlaceMention(
    exact="tỉnh Bắc Giang", name="Bắc Giang", today="Bắc Ninh", level="province", start=9, end=23
)
FULL = Statements(
    quantities=(
        quantity(),
        quantity(64.8, "share_percent", unit="percent", period=None, place=None, place_today=None),
    ),
    documents=(document(issuer="TW", dated=date(2014, 3, 18), title="Party building"),),
    places=(PLACE,),
    enterprises=(firm(place="Bắc Ninh"),),
)


def test_statements_come_back_as_they_went_in(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first, second = (judge(session, run_id, number, flag()) for number in (1, 2))
        record_statements(session, [(first, FULL), (second, Statements())])
    with database.read() as session:
        assert statements_of(session, [first, second]) == {first: FULL, second: Statements()}
        assert statements_of(session, []) == {}


def test_judging_again_replaces_them_and_leaves_the_neighbours(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first, second = (judge(session, run_id, number, flag()) for number in (1, 2))
        record_statements(session, [(first, FULL), (second, FULL)])
        record_statements(session, [(first, FULL)])
        assert statements_of(session, [first])[first] == FULL
        fewer = Statements(quantities=(quantity(30),))
        record_statements(session, [(first, fewer)])
    with database.read() as session:
        assert statements_of(session, [first, second]) == {first: fewer, second: FULL}
        assert len(session.exec(select(QuantityRow)).all()) == 3


def test_more_revisions_than_one_statement_takes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_BATCH", 2)
    with database.write() as session:
        run_id = begin(session)
        ids = [judge(session, run_id, number, flag()) for number in range(5)]
        record_statements(session, [(id, Statements(quantities=(quantity(n),))) for n, id in enumerate(ids)])
        found = statements_of(session, ids)
    assert [found[id].quantities[0].value for id in ids] == [0, 1, 2, 3, 4]


def fill_register(session: Session) -> None:
    """Hoa Mai in two Articles, the place told by the second only; a near miss that names Sao Biển."""
    run_id = begin(session)
    later = judge(session, run_id, 1, flag(), now=NOW + minutes(60))
    earlier = judge(session, run_id, 2, flag(grade=1), now=NOW)
    missed = judge(session, run_id, 3, flag(grade=0, score=0.3))
    record_statements(
        session,
        [
            (later, Statements(enterprises=(firm(exact="Cty Hoa Mai", place="Đồng Nai"), firm("an phu")))),
            (earlier, Statements(enterprises=(firm(), firm()), documents=(document(), document("1-KL")))),
            (missed, Statements(enterprises=(firm("sao bien"),))),
        ],
    )


def test_the_register_has_one_line_for_each_firm_with_its_first_mention(database: Database) -> None:
    with database.write() as session:
        fill_register(session)
    with database.read() as session:
        found = statements.firms(session, TOPIC)
        in_dong_nai = statements.firms(session, TOPIC, place="Đồng Nai")
    assert [(line.key, line.articles) for line in found] == [("hoa mai", 2), ("an phu", 1)]
    hoa_mai = found[0]
    assert (hoa_mai.exact, hoa_mai.act, hoa_mai.place) == ("Công ty TNHH Hoa Mai", "founds", "Đồng Nai")
    assert hoa_mai.evidence == "Công ty TNHH Hoa Mai ra mắt chi bộ đầu tiên."
    assert hoa_mai.mentioned_at == NOW
    assert hoa_mai.source_name == "Báo Mẫu"
    assert [line.key for line in in_dong_nai] == ["hoa mai"]
    assert in_dong_nai[0].articles == 2


def test_the_register_of_documents_knows_one_number_of_two_years_apart(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        first, second = (judge(session, run_id, n, flag(), now=NOW + minutes(n)) for n in (1, 2))
        dated = document("33-CT/TW/2014", dated=date(2014, 3, 18), title="Party building")
        record_statements(session, [(first, Statements(documents=(document(), document("33-CT/TW/1998"))))])
        record_statements(session, [(second, Statements(documents=(dated,)))])
        found = statements.documents(session, TOPIC)
    assert [(line.key, line.articles, line.dated) for line in found] == [
        ("33-CT/TW/2014", 2, date(2014, 3, 18)),
        ("33-CT/TW/1998", 1, None),
    ]
    assert found[0].subject == "Party building"


def test_only_what_the_newest_revision_states_counts(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        old = judge(session, run_id, 1, flag())
        record_statements(session, [(old, Statements(enterprises=(firm("sao bien"),)))])
        assert [line.key for line in statements.firms(session, TOPIC)] == ["sao bien"]
        new = read(session, run_id, 2, revision("Một văn bản khác hẳn."))
        assert new is not None
        reading.record_flag(session, new, flag(), VERSION, NOW)
        _make_newest_of_same_article(session, old, new)
        record_statements(session, [(new, Statements(enterprises=(firm("hoa mai"),)))])
        assert [line.key for line in statements.firms(session, TOPIC)] == ["hoa mai"]
        assert statements.firms(session, "another topic") == []


def _make_newest_of_same_article(session: Session, old: int, new: int) -> None:
    from storage.tables import RevisionRow  # noqa: PLC0415

    before, after = session.get_one(RevisionRow, old), session.get_one(RevisionRow, new)
    before.is_newest = False
    session.add(before)
    session.flush()
    after.article_id = before.article_id
    session.add(after)
    session.flush()


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("quantity", ["indicator", "place_today"]),
        ("document_mention", ["key"]),
        ("place_mention", ["today"]),
        ("enterprise_mention", ["key"]),
        ("enterprise_mention", ["place"]),
    ],
)
def test_later_questions_have_their_index(database: Database, table: str, columns: list[str]) -> None:
    with database.read() as session:
        indexes = inspect(session.connection()).get_indexes(table)
    assert columns in [index["column_names"] for index in indexes]
