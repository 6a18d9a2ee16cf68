import time
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.calibration import EVEN
from analysis.flag import CONTEXT, MAX_EVIDENCE, TITLE_RULE
from analysis.judge import judge
from analysis.language import guess_language
from analysis.topic import Topic, load_topic
from storage.models import Flag

FILLER_VI = "Thời tiết ngày mai có mưa rào, nhiệt độ thấp nhất 22 độ. " * 8
FILLER_EN = "Rain is expected tomorrow and the roads will be slippery in the morning. " * 8


@cache
def topic() -> Topic:
    return load_topic()


def flag_of(text: str, title: str = "", language: str | None = None) -> Flag:
    return judge(text, topic(), title=title, language=language).flag


def assert_evidence_stands(text: str, flag: Flag) -> None:
    text = unicodedata.normalize("NFC", text)
    previous = 0
    for item in flag.evidence:
        assert text[item.start : item.end] == item.exact != ""
        assert item.start >= previous
        previous = item.end
        assert item.prefix == text[max(0, item.start - CONTEXT) : item.start]
        assert item.suffix == text[item.end : item.end + CONTEXT]
        position = item.start
        for start, end in item.marks:
            assert position <= start < end <= item.end
            position = end
    assert len(flag.evidence) <= MAX_EVIDENCE


# --- what must be flagged ------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Đảng bộ KCX Linh Trung lập 6 chi bộ mới và kết nạp 29 đảng viên.",
        "Toàn quận có 8.931 DN, mới lập được 2 Đảng bộ, 21 chi bộ.",
        "Kết nạp đảng viên trong công nhân lao động các thành phần kinh tế được chú trọng.",
        "The province's Party Committee founded 13 Party cells in non-state enterprises.",
        "Party Organization building in private companies is a new task.",
        "An owner of a private company was admitted to the Party.",
        "Le Parti veut développer des cellules du Parti dans les entreprises privées.",
    ],
)
def test_party_building_in_enterprises_is_flagged(text: str) -> None:
    flag = flag_of(text)
    assert flag.grade == 2
    assert flag.score >= EVEN
    assert_evidence_stands(text, flag)


def test_a_mention_in_passing_is_grade_1_and_its_sentence_the_evidence() -> None:
    sentence = "Tỉnh cũng kết nạp 40 đảng viên trong các doanh nghiệp."
    flag = flag_of(f"{FILLER_VI}\n\n{sentence} {FILLER_VI}")
    assert flag.grade == 1
    assert [item.exact for item in flag.evidence] == [sentence]


def test_the_title_decides_what_a_long_article_is_about() -> None:
    text = f"{FILLER_EN}\n\nTen Party cells were set up in private firms last year. {FILLER_EN}"
    assert flag_of(text, language="en").grade == 1
    assert flag_of(text, title="Party cells take root in private enterprises", language="en").grade == 2


def test_the_enterprise_may_stand_a_sentence_away() -> None:
    text = "Công ty Giày Hoa Mai có 8.700 lao động. Năm 2020, chi bộ được thành lập với ba đảng viên."
    assert flag_of(text).grade > 0
    assert flag_of("Xã Hoa Mai có 8.700 dân. Năm 2020, chi bộ được thành lập với ba đảng viên.").grade == 0


def test_the_enterprise_may_stand_in_the_title() -> None:
    text = "Sáng 3/2, chi bộ kết nạp hai đảng viên mới."
    assert flag_of(text, title="Tin từ Công ty Xi măng Bình Lục").grade > 0
    assert flag_of(text, title="Tin từ thôn Bình Lục").grade == 0


def test_a_bare_cell_is_a_party_cell_where_the_party_is_named_beside_it() -> None:
    cell = "In 2020 a cell was set up at the shoe factory with three people."
    assert flag_of(f"The Party came late to the town. {cell}", language="en").is_flagged
    assert not flag_of(f"The phone network came late to the town. {cell}", language="en").is_flagged


def test_discipline_in_the_next_sentence_makes_a_mention_worth_less() -> None:
    text = "Ba đảng viên trong công ty đã viết bản giải trình."
    assert flag_of(text).is_flagged
    assert not flag_of(f"{text} Cả ba bị khiển trách vì vi phạm trong đấu thầu.").is_flagged


def test_a_places_list_of_targets_is_not_admission_in_firms() -> None:
    targets = "thêm 40 doanh nghiệp, kết nạp 70 đảng viên, 100% khu phố đạt chuẩn"
    assert not flag_of(f"Nghị quyết Đại hội Đảng bộ phường đề ra: {targets}.").is_flagged


def test_a_title_on_the_subject_is_taken_up_by_the_first_sentences_with_its_setting() -> None:
    text = "Quận chọn 25 công ty đông lao động làm điểm. Mỗi quý báo cáo một lần."
    flag = flag_of(text, title="Phát triển đảng viên ở các doanh nghiệp")
    assert [item.exact for item in flag.evidence] == ["Quận chọn 25 công ty đông lao động làm điểm."]


# --- what the title may not do ---------------------------------------------------------


def test_evidence_never_comes_from_the_title() -> None:
    text = "Sau bảy năm, tổ chức đảng đã có mặt ở nhiều nơi. Kết quả đáng mừng."
    flag = flag_of(text, title="Phát triển đảng viên trong doanh nghiệp ngoài nhà nước")
    assert flag.is_flagged
    assert {item.rule for item in flag.evidence} == {TITLE_RULE}
    assert_evidence_stands(text, flag)


def test_a_title_alone_flags_nothing() -> None:
    flag = flag_of("Mời bạn đọc xem phóng sự ảnh.", title="Phát triển đảng viên trong doanh nghiệp")
    assert (flag.grade, flag.evidence) == (0, ())


# --- traps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        # other countries' parties
        "Beijing - The CPC ordered Party branches to be set up in private firms across China.",
        "Đảng Cộng sản Trung Quốc lập chi bộ trong doanh nghiệp tư nhân.",
        "En Chine, des cellules du Parti communiste sont créées dans les sociétés étrangères.",
        # an office and a person
        "Ông Lê Văn A, Bí thư Chi bộ, Giám đốc Công ty Điện lực, trao quà cho công nhân.",
        "Le Van A, Secretary of the Provincial Party Committee, visited firms in an industrial park.",
        # business news
        "Nghị quyết 68-NQ/TW của Bộ Chính trị về kinh tế tư nhân tháo gỡ khó khăn cho doanh nghiệp.",
        "Resolution No. 68-NQ/TW makes the private sector a driver of growth under the Party's lead.",
        # elsewhere
        "Chi bộ bản Nậm Pồ kết nạp 5 đảng viên là đồng bào dân tộc thiểu số.",
        "Đảng ủy Bộ đội Biên phòng phát triển đảng viên là chiến sĩ nghĩa vụ.",
        "Nhà trường kết nạp 12 sinh viên ưu tú vào Đảng.",
        # unions alone
        "Công đoàn cơ sở tại 100% doanh nghiệp được thành lập, kết nạp mới 500.000 đoàn viên.",
        # discipline and corruption
        "Cách chức Phó Bí thư Đảng ủy, Tổng Giám đốc Tổng công ty; tổ chức đảng tại công ty vi phạm.",
        "Six Party members of the corporation were disciplined for violations and corruption.",
        # stock phrases
        "Chương trình được đông đảo cán bộ, đảng viên và cộng đồng doanh nghiệp hưởng ứng.",
        "The hotline serves cadres, Party members and enterprises.",
        # festive
        "Our company sets up a year-end party and welcomes new members of the team.",
        # admitted elsewhere
        "Việt Nam được kết nạp vào WTO, mở đường cho doanh nghiệp xuất khẩu.",
        "Ngân hàng kết nạp cổ đông chiến lược mới.",
        "Hiệp hội doanh nghiệp kết nạp 20 hội viên.",
        # names of bodies
        "Ban Tổ chức Đảng uỷ và Ban Tổ chức Nhân sự tổng công ty họp.",
        "Đảng ủy Khối Doanh nghiệp tỉnh có trụ sở tại phường 2.",
        "Doanh nghiệp thuộc sở hữu của Đảng bộ thành phố bán đất công.",
        # other marks, other words
        "Doanh nghiệp đăng viên chức đang tổ chức đăng ký kết nạp khách hàng.",
    ],
)
def test_a_trap_is_left_alone(text: str) -> None:
    flag = flag_of(text)
    assert flag.grade == 0
    assert flag.score < EVEN


def test_a_foreign_guest_does_not_hide_what_viet_nam_does() -> None:
    text = (
        "A delegation of the Communist Party of Cuba visited Quang Nam on Monday. "
        "Nguyen Van A told the guests how Quang Nam sets up Party cells in private enterprises."
    )
    flag = flag_of(text)
    assert flag.grade > 0
    assert all("Nguyen" in item.exact for item in flag.evidence)


# --- near misses -----------------------------------------------------------------------------


def test_a_near_miss_keeps_score_and_evidence() -> None:
    text = "Ba đảng viên trong công ty bị kỷ luật vì vi phạm trong đầu tư."
    flag = flag_of(text)
    assert flag.grade == 0
    assert 0 < flag.score < EVEN
    assert [item.exact for item in flag.evidence] == [text]
    assert_evidence_stands(text, flag)


def test_many_near_misses_do_not_add_up_to_a_flag() -> None:
    flag = flag_of("Ba đảng viên trong công ty bị kỷ luật vì vi phạm.\n" * 40)
    assert flag.grade == 0
    assert flag.score < EVEN


# --- languages and forms -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tỉnh có 40 chi bộ trong doanh nghiệp.", "vi"),
        ("Tinh co 40 chi bo trong doanh nghiep, nhieu nhat la o cac cong ty.", "vi"),
        ("The Party has 40 cells in the firms of this province.", "en"),
        ("Le Parti compte 40 cellules dans les entreprises de la province.", "fr"),
        ("El Partido tiene 40 células en las empresas de la provincia.", "es"),
        ("河内有四十个党支部。", "zh"),
        ("В провинции сорок партийных ячеек.", "ru"),
        ("12 345", None),
        ("", None),
    ],
)
def test_the_text_tells_its_language(text: str, language: str | None) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize("language", ["zh", "es", "xx", ""])
def test_a_language_without_a_section_is_not_judged(language: str) -> None:
    assert flag_of("Chi bộ công ty kết nạp 3 đảng viên.", language=language) == Flag(
        topic=topic().name, grade=0, score=0
    )


@pytest.mark.parametrize("language", ["vi", "VI", "vi-VN", "vi_VN"])
def test_a_region_behind_the_language_does_not_matter(language: str) -> None:
    assert flag_of("Chi bộ công ty kết nạp 3 đảng viên.", language=language).grade == 2


def test_text_that_is_not_nfc_is_normalised_and_offsets_count_the_nfc_text() -> None:
    text = "Mưa lớn ở Huế. Chi bộ công ty kết nạp 3 đảng viên."
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert flag_of(decomposed) == flag_of(text)
    assert_evidence_stands(decomposed, flag_of(decomposed))


def test_judging_twice_says_the_same() -> None:
    text = "Chi bộ công ty kết nạp 3 đảng viên. " * 20
    assert judge(text, topic()) == judge(text, topic())


# --- hostile text ------------------------------------------------------------------------------------

VOCABULARY = """đảng viên chi bộ doanh nghiệp công ty kết nạp thành lập tổ chức phát triển 12 . , ; : kỷ luật
    Party cell members enterprises China Viet Nam admitted founded Parti cellule ủy uỷ Ð Co., Ltd."""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n", "\n\n", "\u0301", "\ud800", "\x00", "🎉", "\u200b"])


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=80).map(" ".join), st.sampled_from([None, "vi", "en", "fr"]), st.booleans())
def test_shuffled_words_of_the_topic_never_raise_and_evidence_stands(
    text: str, language: str | None, as_title: bool
) -> None:
    flag = flag_of(text, title=text if as_title else "", language=language)
    assert (flag.grade > 0) == (flag.score >= EVEN)
    assert_evidence_stands(text.replace("\ud800", "\ufffd"), flag)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60))
def test_random_text_never_raises(text: str, title: str) -> None:
    assert_evidence_stands(text, flag_of(text, title=title))


@pytest.mark.parametrize(
    "unit",
    ["đảng viên doanh nghiệp thành lập chi bộ ", "a", "A. ", "\n", '."', "kết nạp ", "Chi bộ công ty. "],
)
def test_time_grows_with_length_and_not_faster(unit: str) -> None:
    def took_s(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.process_time()
        flag_of(text, language="vi")
        return time.process_time() - started

    took_s(10_000)
    small, large = took_s(50_000), took_s(500_000)
    assert large < 30 * small + 0.2
