import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sentences import MAX_SENTENCE, split_sentences


def pieces(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The cell at Luxshare-ICT Co., Ltd. in Quang Chau has 12 members.",
        "Mr. Tran Van A and Dr. Le spoke.",
        "Decision No. 308-QD/TU was issued.",
        "Thực hiện tại TP. Hồ Chí Minh và TP. Thủ Đức.",
        "PGS.TS. Nguyễn Văn B phát biểu.",
        "Cả tỉnh có 3.390 đảng viên, 64.8 phần trăm là công nhân.",
        "J. K. Tran joined the Party.",
        "Le décret n. 12 est publié.",
        "1. Về công tác phát triển đảng viên.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert pieces(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Một câu. Hai câu! Ba câu? Bốn…", ["Một câu.", "Hai câu!", "Ba câu?", "Bốn…"]),
        ('He said "It is done." Then he left.', ['He said "It is done."', "Then he left."]),
        ("It was Thanh Lap Co., Ltd. The cell has five members.", 2),
        ("Lead without a stop\n\nBody begins. Ends", ["Lead without a stop", "Body begins.", "Ends"]),
        ("Số lượng tăng 12. Đến nay có 40 chi bộ.", 2),
        ("She said no. 12 people left.", 1),
        (
            "第一句。第二句！第三句？第四句；没有句号",
            ["第一句。", "第二句！", "第三句？", "第四句；", "没有句号"],
        ),
        ("他说：“成立党支部。”工人鼓掌（完）。", ["他说：“成立党支部。”", "工人鼓掌（完）。"]),
        ("增长3.5%。 公司有12人。", ["增长3.5%。", "公司有12人。"]),
        ("¿Cuántas células? ¡Ya son 40! Y crecen.", ["¿Cuántas células?", "¡Ya son 40!", "Y crecen."]),
        ("Habló la Sra. Hoa. Luego, el Dr. Nam.", ["Habló la Sra. Hoa.", "Luego, el Dr. Nam."]),
        ("Созданы в 2025 г. Всего их 40.", ["Созданы в 2025 г.", "Всего их 40."]),
        ("Парк им. Хо Ши Мина в г. Ханой. Да!", ["Парк им. Хо Ши Мина в г. Ханой.", "Да!"]),
        ("В партию приняли 4 тыс. человек. Это много.", 2),
        ("", []),
        (" \n\n \t", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str] | int) -> None:
    found = pieces(text)
    assert found == expected if isinstance(expected, list) else len(found) == expected


def test_paragraphs_are_numbered_by_line() -> None:
    assert [s.paragraph for s in split_sentences("A one. B two.\n\nC three.\nD four.")] == [0, 0, 1, 2]


def test_an_endless_chinese_sentence_is_cut_at_a_comma_too() -> None:
    found = split_sentences("企业党支部，" * 1000)
    assert max(s.end - s.start for s in found) <= MAX_SENTENCE
    assert all(s.end % 6 == 0 for s in found)


def test_an_endless_sentence_is_cut_at_a_comma_and_loses_nothing() -> None:
    text = "đảng viên, " * 1000
    found = split_sentences(text)
    assert max(s.end - s.start for s in found) <= MAX_SENTENCE
    assert "".join(pieces(text)).replace(" ", "") == text.replace(" ", "")
    assert all(text[s.end - 1] == "," for s in found)


@given(st.text(alphabet=st.sampled_from("aĐ党。；” ,.;\n!?…\"')A1Ltdđ\u0301\u2028"), max_size=400))
def test_sentences_are_in_order_and_only_white_space_lies_between(text: str) -> None:
    position = 0
    for sentence in split_sentences(text):
        assert sentence.start >= position
        assert not text[position : sentence.start].strip()
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end] != ""
        position = sentence.end
    assert not text[position:].strip()
