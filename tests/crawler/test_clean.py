import pytest

from crawler.clean import clean, is_caption, strip_dateline, strip_end_mark, tidy
from crawler.source import Hints

SENTENCE = "The Party cell of the company admitted five workers in the first half of the year."


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("Bac Giang (VNA) – The northern province", "The northern province"),
        ("Hanoï, 3 mars (VNA) - La province", "La province"),
        ("HÀ NỘI (VNS) — The ministry", "The ministry"),
        ("BẮC GIANG – The province", "The province"),
        ("HCM CITY — The city", "The city"),
        ("TP. HỒ CHÍ MINH - Sáng 3/2", "Sáng 3/2"),
        ("NDO - Sáng 3/2", "Sáng 3/2"),
        ("PORTAL - On the morning", "On the morning"),
        ("VOV.VN - Chiều 3/2", "Chiều 3/2"),
        ("(TTXVN) Chiều 3/2", "Chiều 3/2"),
        ("(CTO) - Ngày 8-1", "Ngày 8-1"),
        ("河内（VNA）—越南", "越南"),
        ("(Dân trí) - Sáng 3/2", "Sáng 3/2"),
    ],
)
def test_datelines_go(written: str, sentence: str) -> None:
    assert strip_dateline(written) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "VCCI – the business association – said so.",
        "The Viet Nam Chamber of Commerce (VCCI) – The voice of business.",
        "TKV – Vinacomin is a group.",
        "ASEAN - EU trade rose by 3%.",
        "Công ty TKV - đơn vị của tập đoàn.",
        "Bắc Giang – a province of industry – grows.",
        "68-NQ/TW là nghị quyết mới.",
    ],
)
def test_sentences_that_look_like_datelines_stay(sentence: str) -> None:
    assert strip_dateline(sentence) == sentence


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("of the organisations./.", "of the organisations."),
        ("he said. VNS", "he said."),
        ("he said. — VNS", "he said."),
        ("he said.” — VNS/VNA", "he said.”"),
        ("industrielles. -VNA", "industrielles."),
        ("hôm nay.(TTXVN/Vietnam+)", "hôm nay."),
        ("hôm nay/.", "hôm nay."),
        ("完成。（完）", "完成。"),
        ("— VNS", ""),
    ],
)
def test_end_marks_go(written: str, sentence: str) -> None:
    assert strip_end_mark(written) == sentence


@pytest.mark.parametrize(
    "sentence", ["He works for VNA.", "theo TTXVN", "a share of 3/4", "according to VNS"]
)
def test_sentences_that_name_an_agency_stay(sentence: str) -> None:
    assert strip_end_mark(sentence) == sentence


@pytest.mark.parametrize(
    "caption",
    [
        "Illustrative image (Photo: baobacgiang.com.vn)",
        "Cérémonie d'admission à Bac Giang. Photo: bacgiang.gov.vn",
        "A worker at the plant. — VNA/VNS Photo Nguyễn Mẫu",
        "Quang cảnh hội nghị (Ảnh: Mẫu Văn/TTXVN)",
        "Ảnh: TTXVN",
        "Công nhân làm việc. Ảnh minh hoạ",
    ],
)
def test_captions(caption: str) -> None:
    assert is_caption(caption)


@pytest.mark.parametrize(
    "sentence",
    [
        "The photo shows the founders of the firm.",
        "He took a photo: it was good. Then he left the hall.",
        "Hình ảnh đảng viên doanh nghiệp: gần dân, sát dân.",
        "Câu một kể chuyện. Câu hai kể tiếp. Câu ba kể hết. Người dân vui. Ảnh: Văn Mẫu",
    ],
)
def test_sentences_about_pictures_stay(sentence: str) -> None:
    assert not is_caption(sentence)


@pytest.mark.parametrize(
    "widget",
    [
        "Cỡ chữ: Font size: Giảm (A-) Mặc định (A) Tăng (A+)",
        "Lượt người xem:  Views:   292",
        "1.204 lượt xem",
        "Chia sẻ:",
        "Share Facebook Twitter",
        "Comment (0)",
        "Bình luận",
        "No data",
        "Trang chủ > Chính trị > Xây dựng Đảng",
        "Manage PermissionsManage Permissions",
        "Last modified at by",
        "Tiền nhuận bút",
    ],
)
def test_widgets_go(widget: str) -> None:
    assert clean([SENTENCE, widget, "And more."], Hints()).paragraphs == (SENTENCE, "And more.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Share prices rose by 3% on the Ho Chi Minh Stock Exchange.",
        "Chia sẻ tại hội nghị, ông cho biết công ty có 20 đảng viên.",
        "Bình luận về kết quả này, bí thư chi bộ nói công ty sẽ làm tốt hơn.",
        "Views of workers were heard: most want a cell of their own.",
        "Home to 40,000 workers, the park has nine cells.",
        "Theo dõi sát tình hình, đảng ủy đã chỉ đạo kịp thời.",
        "Related news of the founding reached the workers in March.",
        "Từ khóa của năm là đổi mới.",
        "Tags were sewn by hand in the workshop until last year.",
        "Nguồn: số liệu của Ban Tổ chức cho thấy cả tỉnh có 75 tổ chức đảng.",
        "Giấy phép số 12/GP-UBND được cấp cho mỏ đá năm 2020.",
    ],
)
def test_sentences_that_begin_like_a_widget_stay(sentence: str) -> None:
    assert clean([SENTENCE, sentence, SENTENCE + " Again."], Hints()).paragraphs[1] == sentence


def test_a_list_of_links_goes_and_the_text_below_it_stays() -> None:
    paragraphs = [
        SENTENCE,
        "Tin liên quan",
        "Tiêu đề một",
        "Tiêu đề hai",
        "Câu tiếp theo của bài viết.",
        "Xem thêm: Tiêu đề ba",
    ]
    assert clean(paragraphs, Hints()).paragraphs == (SENTENCE, "Câu tiếp theo của bài viết.")


@pytest.mark.parametrize(
    ("credit", "name"),
    [
        ("Tin, ảnh: P.Y", "P.Y"),
        ("Bài và ảnh: Hồng Quế", "Hồng Quế"),
        ("Reported by  Phuong Chi- Translated by Thanh Tam", "Phuong Chi"),
        ("Phương Chi", "Phương Chi"),
        ("Theo Báo Mẫu", None),
    ],
)
def test_credits_go_and_give_the_author(credit: str, name: str | None) -> None:
    cleaned = clean([SENTENCE, credit], Hints())
    assert cleaned.paragraphs == (SENTENCE,)
    assert (cleaned.byline or None) == name


def test_only_one_bare_name_at_the_end_is_a_signature() -> None:
    assert clean([SENTENCE, "Bến Tre", "Vĩnh Long", "Văn Mẫu"], Hints()).paragraphs == (
        SENTENCE,
        "Bến Tre",
        "Vĩnh Long",
    )


def test_masthead_goes() -> None:
    tail = [
        "Tổng Biên tập: Nguyễn Văn Mẫu",
        "Giấy phép số: 000/GP-BTTTT",
        "© Copyright 2026, Báo Mẫu. All rights reserved.",
    ]
    assert clean([SENTENCE, "VNA", *tail], Hints()).paragraphs == (SENTENCE,)


def test_the_tail_is_cut_where_the_hints_say() -> None:
    hints = Hints(cut_from=("Same category",), original=("Source:",))
    paragraphs = [
        SENTENCE,
        "Source: https://baomau.example/a.html",
        "More.",
        "Same category",
        "Floating market",
    ]
    assert clean(paragraphs, hints).paragraphs == (SENTENCE,)
    assert clean([SENTENCE, "same category", "x"], hints).paragraphs == (SENTENCE,)
    long = "Source: " + "the figures are those of the province's committee, gathered in nine districts. " * 2
    assert clean([SENTENCE, long], hints).paragraphs == (SENTENCE, long.strip())


def test_title_lead_and_date_above_the_text_go_once() -> None:
    cleaned = clean(
        ["A Title", "Báo Mẫu 14/05/2025", "NDO - The lead says so.", SENTENCE],
        Hints(),
        ("A title", "The lead says so."),
    )
    assert cleaned.paragraphs == (SENTENCE,)


def test_repeated_paragraphs_are_kept_once() -> None:
    assert clean([SENTENCE, "Two.", SENTENCE], Hints()).paragraphs == (SENTENCE, "Two.")


def test_tidy() -> None:
    assert tidy("  o\u0302\u0323\u00a0 \u200bđa\u0309ng\n\tvie\u0302n\ufeff ") == "ộ đảng viên"


def test_what_stands_above_the_title_goes_unless_it_is_a_sentence() -> None:
    above = ["Báo Mẫu - Tiếng nói của nhân dân", "A Title", SENTENCE]
    assert clean(above, Hints(), ("A title",)).paragraphs == (SENTENCE,)
    assert clean([SENTENCE, "A Title", "More."], Hints(), ("A title",)).paragraphs == (SENTENCE, "More.")


@pytest.mark.parametrize(
    "line",
    ["Nghỉ Tết âm lịch Mậu Tuất từ 14 đến 20-2-2018", "Ngày 14/05/2025, chi bộ kết nạp năm đảng viên mới."],
)
def test_a_line_that_says_more_than_a_date_stays(line: str) -> None:
    assert clean([line, SENTENCE], Hints()).paragraphs[0] == line


@pytest.mark.parametrize("line", ["Thứ 5, Ngày 25/05/2023, 15:00", "Báo Nhân dânBáo Nhân dân14/05/2025"])
def test_a_date_line_goes(line: str) -> None:
    assert clean([line, SENTENCE], Hints()).paragraphs == (SENTENCE,)


def test_a_caption_that_runs_into_the_text_goes() -> None:
    assert (
        clean(["The hall. (Photo: VNA) Hanoi (VNA) – " + SENTENCE, "More."], Hints()).paragraphs[0]
        == SENTENCE
    )
    kept = "The director (photo: VNA) said that the cell has nine members and will admit two more."
    assert clean([kept, "More."], Hints()).paragraphs[0] == kept
