"""Statements are kept with their Revision, replaced as a whole, and gathered by key."""

from datetime import date

import pytest
from sqlalchemy import inspect
from sqlmodel import select
from storage_samples import begin, flag, judge

from storage import statements
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
