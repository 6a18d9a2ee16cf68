"""The registers: one line for each firm and Party document, its mentions, and what is asked of them."""

from datetime import date

from sqlmodel import Session
from storage_samples import NOW, TOPIC, VERSION, begin, flag, judge, minutes, read, revision
from test_statements import document, firm

from storage import mentions, reading, registers, stories
from storage.database import Database
from storage.models import Statements
from storage.sentences import sentence_around
from storage.statements import record_statements
from storage.tables import RevisionRow


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
        found = registers.firms(session, TOPIC).lines
        in_dong_nai = registers.firms(session, TOPIC, place="Đồng Nai").lines
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
        found = registers.documents(session, TOPIC).lines
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
        assert [line.key for line in registers.firms(session, TOPIC).lines] == ["sao bien"]
        new = read(session, run_id, 2, revision("Một văn bản khác hẳn."))
        assert new is not None
        reading.record_flag(session, new, flag(), VERSION, NOW)
        _make_newest_of_same_article(session, old, new)
        record_statements(session, [(new, Statements(enterprises=(firm("hoa mai"),)))])
        assert [line.key for line in registers.firms(session, TOPIC).lines] == ["hoa mai"]
        assert registers.firms(session, "another topic").lines == []


def _make_newest_of_same_article(session: Session, old: int, new: int) -> None:
    before, after = session.get_one(RevisionRow, old), session.get_one(RevisionRow, new)
    before.is_newest = False
    session.add(before)
    session.flush()
    after.article_id = before.article_id
    session.add(after)
    session.flush()


def test_what_all_mentions_say_of_a_firm_is_in_its_line(database: Database) -> None:
    with database.write() as session:
        fill_register(session)
        third = judge(session, begin(session), 4, flag(), now=NOW + minutes(90))
        record_statements(session, [(third, Statements(enterprises=(firm(act="admits"),)))])
        one, two = (
            line.article_id for line in mentions.mentions_of_firm(session, TOPIC, "hoa mai", 0, 2).lines
        )
        story = stories.make_story(session, NOW)
        placed = [stories.Membership(article_id=id, story_id=story, way="joined") for id in (one, two)]
        stories.record_memberships(session, placed, NOW)
    with database.read() as session:
        hoa_mai = registers.firm(session, TOPIC, "hoa mai")
        nobody = registers.firm(session, TOPIC, "sao bien")
    assert hoa_mai is not None
    assert hoa_mai.acts == ("founds", "admits")
    assert (hoa_mai.articles, hoa_mai.stories) == (3, 2)
    assert (hoa_mai.mentioned_at, hoa_mai.latest_at) == (NOW, NOW + minutes(90))
    assert nobody is None


def test_firms_are_found_by_words_without_marks_by_act_and_by_place(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        named = (
            firm("dien tu an phu", "Công ty Điện tử An Phú", act="has", place="Bắc Ninh"),
            firm("hoa mai"),
        )
        record_statements(session, [(judge(session, run_id, 1, flag()), Statements(enterprises=named))])

        def keys(**asked: object) -> list[str]:
            return [line.key for line in registers.firms(session, TOPIC, **asked).lines]  # type: ignore[arg-type]

        assert keys(words="dien TU") == keys(words="Điện phú") == keys(act="has") == ["dien tu an phu"]
        assert keys(place="Bắc Ninh") == ["dien tu an phu"]
        assert keys(words="cong ty") == ["dien tu an phu", "hoa mai"]
        assert keys(words="khong co") == keys(act="admits") == keys(place="Huế") == []


def test_a_register_is_ordered_and_cut(database: Database) -> None:
    with database.write() as session:
        run_id = begin(session)
        named = [("b", 1), ("a", 2), ("c", 3), ("b", 4)]
        for key, at in named:
            revision_id = judge(session, run_id, at, flag(), now=NOW + minutes(at))
            record_statements(session, [(revision_id, Statements(enterprises=(firm(key, exact=key),)))])

        def keys(order: registers.Order) -> list[str]:
            return [line.key for line in registers.firms(session, TOPIC, order=order).lines]

        assert keys("stories") == ["b", "a", "c"]
        assert keys("name") == ["a", "b", "c"]
        assert keys("first") == ["c", "a", "b"]
        assert keys("latest") == ["b", "c", "a"]
        part = registers.firms(session, TOPIC, order="name", offset=1, limit=1)
    assert ([line.key for line in part.lines], part.total) == (["b"], 3)


def test_every_mention_of_a_document_has_the_sentence_around_it(database: Database) -> None:
    text = "Mở đầu. Thực hiện Chỉ thị số 33-CT/TW, chi bộ kết nạp ba người. Kết thúc."
    start = text.index("Chỉ thị")
    mention = document(start=start, end=start + len("Chỉ thị số 33-CT/TW"))
    with database.write() as session:
        run_id = begin(session)
        first = judge(session, run_id, 1, flag(), text=text)
        second = judge(session, run_id, 2, flag(), text="Chỉ thị khác.", now=NOW + minutes(5))
        record_statements(session, [(first, Statements(documents=(mention,)))])
        record_statements(session, [(second, Statements(documents=(document(start=90, end=95),)))])
        found = mentions.mentions_of_document(session, TOPIC, "33-CT/TW/2014", 0, 10)
        rest = mentions.mentions_of_document(session, TOPIC, "33-CT/TW/2014", 1, 10)
        line = registers.document(session, TOPIC, "33-CT/TW/2014")
    assert found.total == rest.total == 2
    assert [item.sentence for item in found.lines] == [
        "Chỉ thị số 33-CT/TW",  # offsets that are none: the words themselves
        "Thực hiện Chỉ thị số 33-CT/TW, chi bộ kết nạp ba người.",
    ]
    assert rest.lines == found.lines[1:]
    assert line is not None
    assert line.number == "33-CT/TW"


def test_a_sentence_is_cut_where_it_is_long_and_where_there_is_none() -> None:
    assert sentence_around("企业党支部。发挥作用。结束。", 6, 8) == "发挥作用。"
    assert sentence_around("Một dòng\nHai dòng\nBa", 9, 12) == "Hai dòng"
    assert sentence_around("ngắn", 2, 9) == sentence_around("ngắn", 2, 2) == ""
    long = "a " * 1000
    cut = sentence_around(long, 1000, 1001)
    assert cut.startswith("… ")
    assert cut.endswith(" …")
    assert len(cut) < 900
