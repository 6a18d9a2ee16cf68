"""Firms with a Party organisation: invented sentences, one key a firm, hostile text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.enterprises import find_enterprises
from analysis.firm_names import firm_key
from analysis.flag import clean
from analysis.places import find_places
from storage.models import EnterpriseMention, Evidence

FOUND = [
    ("vi", "Quyết định thành lập Chi bộ Công ty TNHH Mai Linh Việt Nam ở huyện Lương Sơn, Hòa Bình.",
     [("Công ty TNHH Mai Linh Việt Nam", "mai linh", "founds", "Phú Thọ")]),
    ("vi", "Ngày 20-10, Chi bộ Công ty Astral (Thủ Dầu Một) kết nạp 13 quần chúng ưu tú.",
     [("Công ty Astral", "astral", "admits", "Hồ Chí Minh")]),
    ("vi", "Chi bộ Công ty Cổ phần May Sông Lam có 15 đảng viên.",
     [("Công ty Cổ phần May Sông Lam", "may song lam", "has", None)]),
    ("vi", "Công ty cổ phần xây dựng và thương mại Thanh Lâm vừa ra mắt chi bộ tại Hải Phòng.",
     [("Công ty cổ phần xây dựng và thương mại Thanh Lâm",
       "xay dung va thuong mai thanh lam", "founds", "Hải Phòng")]),
    ("vi", "Thành lập Chi bộ Công ty Cổ phần Cơ khí chính xác Tân Lãng.",
     [("Công ty Cổ phần Cơ khí chính xác Tân Lãng", "co khi chinh xac tan lang", "founds", None)]),
    ("en", "When Tan Phuoc Hung Fruit Cooperative lost a contract, its Party cell met.",
     [("Tan Phuoc Hung Fruit Cooperative", "tan phuoc hung fruit", "has", None)]),
    ("vi", "Tổng công ty Dệt may Hòa Lâm kết nạp ba đảng viên mới.",
     [("Tổng công ty Dệt may Hòa Lâm", "det may hoa lam", "admits", None)]),
    ("vi", "Đảng ủy Tập đoàn Than - Khoáng sản kiện toàn các chi bộ.",
     [("Tập đoàn Than - Khoáng sản", "than khoang san", "has", None)]),
    ("vi", "HTX Nông nghiệp Tân Tiến thành lập chi bộ với 4 đảng viên.",
     [("HTX Nông nghiệp Tân Tiến", "nong nghiep tan tien", "founds", None)]),
    ("vi", "Hợp tác xã Rau sạch Đông Hải có chi bộ riêng.",
     [("Hợp tác xã Rau sạch Đông Hải", "rau sach dong hai", "has", None)]),
    ("vi", "Doanh nghiệp tư nhân Hoàng Phát vừa kết nạp chủ doanh nghiệp vào Đảng.",
     [("Doanh nghiệp tư nhân Hoàng Phát", "hoang phat", "admits", None)]),
    ("vi", "Chi bộ Công ty TNHH MTV Điện cơ Bắc Hà (KCN Quế Võ) được thành lập.",
     [("Công ty TNHH MTV Điện cơ Bắc Hà", "dien co bac ha", "founds", "Bắc Ninh")]),
    ("vi", "Chi bộ Công ty TNHH Luxtron-ICT (Việt Nam) có 20 đảng viên.",
     [("Công ty TNHH Luxtron-ICT (Việt Nam)", "luxtron ict", "has", None)]),
    ("vi", "CTCP Gạch Tân Long và Cty TNHH Sao Vàng cùng có chi bộ.",
     [("CTCP Gạch Tân Long", "gach tan long", "has", None), ("Cty TNHH Sao Vàng", "sao vang", "has", None)]),
    ("vi", "Tổng công ty 28 kết nạp 12 công nhân vào Đảng.",
     [("Tổng công ty 28", "tong cong ty 28", "admits", None)]),
    ("vi", "Chi bộ Wistrom Vina kết nạp năm công nhân vào Đảng.",
     [("Wistrom Vina", "wistrom vina", "admits", None)]),
    ("en", "A Party cell was established at Luxtron-ICT Vietnam Co., Ltd in Quang Chau Industrial Park.",
     [("Luxtron-ICT Vietnam Co., Ltd", "luxtron ict", "founds", "Bắc Ninh")]),
    ("en", "The district set up a five-member cell at Thanh Minh JSC.",
     [("Thanh Minh JSC", "thanh minh", "founds", None)]),
    ("en", "Le Van Minh is secretary of the Party Cell at Dao Son Trading Co., Ltd., in Tan Yen District.",
     [("Dao Son Trading Co., Ltd.", "dao son trading", "has", "Bắc Ninh")]),
    ("en", "The Party Committee of CPG Vietnam Joint Stock Company has 53 members.",
     [("CPG Vietnam Joint Stock Company", "cpg", "has", None)]),
    ("en", "An admission ceremony at Compass Vietnam in Bien Hoa welcomed three workers to the Party.",
     [("Compass Vietnam", "compass", "admits", "Đồng Nai")]),
    ("en", "He attended the launch of a cell of 15 members at Jade Vina in Khai Quang Industrial Park.",
     [("Jade Vina", "jade vina", "founds", "Phú Thọ")]),
    ("en", "Bac Hung Company in Dong Nai founded a Party cell.",
     [("Bac Hung Company", "bac hung", "founds", "Đồng Nai")]),
    ("en", "Workers of Sun-Woo Vina Company Limited joined the Party.",
     [("Sun-Woo Vina Company Limited", "sun woo vina", "admits", None)]),
    ("en", "The Party organisation of the Hoa Lam Corporation admitted two engineers.",
     [("Hoa Lam Corporation", "hoa lam", "admits", None)]),
    ("en", "Vietnam-Japan Sao Mai Paper Co., Ltd has a Party branch.",
     [("Vietnam-Japan Sao Mai Paper Co., Ltd", "vietnam japan sao mai paper", "has", None)]),
    ("en", "A cell of the Party was formed at Pha Lau Cooperative.",
     [("Pha Lau Cooperative", "pha lau", "founds", None)]),
    ("fr", "Une cellule du Parti a été fondée à la Société par actions Minh Tâm.",
     [("Société par actions Minh Tâm", "minh tam", "founds", None)]),
    ("fr", "La compagnie Sao Khuê, à Hanoï, compte une organisation du Parti.",
     [("compagnie Sao Khuê", "sao khue", "has", "Hà Nội")]),
    ("fr", "Le Groupe Tân Hiệp Phong a admis dix membres du Parti.",
     [("Groupe Tân Hiệp Phong", "tan hiep phong", "admits", None)]),
    ("es", "La comuna anunció la creación de la célula del Partido de Well Light Vietnam en Hai Phong.",
     [("Well Light Vietnam", "well light", "founds", "Hải Phòng")]),
    ("en", "The Party cell of Hong Lam Electronics Co., Ltd was launched on May 19.",
     [("Hong Lam Electronics Co., Ltd", "hong lam electronics", "founds", None)]),
    ("en", "Minh Son Trading and Service Company Limited founded a Party cell.",
     [("Minh Son Trading and Service Company Limited", "minh son trading and service", "founds", None)]),
    ("fr", "Une cellule du Parti a été fondée chez Sunsun Display Vietnam.",
     [("Sunsun Display Vietnam", "sunsun display", "founds", None)]),
    ("vi", "Công ty “Ánh Lâm” kết nạp hai công nhân vào Đảng.",
     [("Công ty “Ánh Lâm”", "anh lam", "admits", None)]),
    ("vi", "Đảng bộ Công ty CP Phân đạm và Hóa chất Sông Bắc có 300 đảng viên.",
     [("Công ty CP Phân đạm và Hóa chất Sông Bắc", "phan dam va hoa chat song bac", "has", None)]),
]  # fmt: skip

NOT_FOUND = [
    ("vi", "Nhiều công ty trên địa bàn tỉnh đã có chi bộ."),
    ("vi", "Doanh nghiệp FDI kết nạp 21 đảng viên."),
    ("vi", "Công ty có 1.000 công nhân; chi bộ gồm 5 đảng viên."),
    ("vi", "Thành lập 311 tổ chức đảng tại 178 doanh nghiệp, 81 HTX và 52 đơn vị sự nghiệp."),
    ("vi", "Tập đoàn kết nạp 39 đảng viên mới."),
    ("vi", "Các công ty 100% vốn nước ngoài thành lập chi bộ."),
    ("vi", "Chi bộ thôn Đông kết nạp ba đảng viên."),
    ("vi", "Chi bộ Trường Trung học Nguyễn Du kết nạp học sinh vào Đảng."),
    ("vi", "Công ty cổ phần nhà nước giữ vốn thành lập tổ chức đảng."),
    ("vi", "Công ty TNHH Mai Lâm tăng doanh thu 20 phần trăm."),
    ("vi", "Ngân hàng Nhà nước có đảng bộ lớn."),
    ("en", "A Party cell at FDI firms was founded."),
    ("en", "The Company admitted ten workers to the Party."),
    ("en", "Every Joint Stock Company should found a Party cell."),
    ("en", "The Party cell at Bac Ninh District was founded."),
    ("en", "The Party Committee of the Provincial Agencies and Enterprises Bloc admitted 40 members."),
    ("en", "Minh Tam JSC sold more paper."),
    ("fr", "Une entreprise privée a fondé une cellule du Parti."),
    ("fr", "Le Comité du Parti de la province a admis des ouvriers."),
]


def evidence_of(text: str) -> Evidence:
    return Evidence(exact=text, prefix="", suffix="", start=0, end=len(text), rule="any", weight=1.0)


def find(text: str, language: str, evidence: list[Evidence] | None = None) -> tuple[EnterpriseMention, ...]:
    places = find_places(text, language=language)
    said = [evidence_of(text)] if evidence is None else evidence
    return find_enterprises(text, language=language, places=places, evidence=said)


@pytest.mark.parametrize(("language", "text", "firms"), FOUND, ids=[case[1][:50] for case in FOUND])
def test_a_sentence_names_these_firms(language: str, text: str, firms: list[tuple[str, ...]]) -> None:
    found = find(text, language)
    assert [(firm.exact, firm.key, firm.act, firm.place) for firm in found] == firms
    assert all(text[firm.start : firm.end] == firm.exact for firm in found)


@pytest.mark.parametrize(("language", "text"), NOT_FOUND, ids=[case[1][:50] for case in NOT_FOUND])
def test_a_sentence_names_no_firm(language: str, text: str) -> None:
    assert [firm.exact for firm in find(text, language)] == []


def test_there_are_cases_enough() -> None:
    assert len(FOUND) + len(NOT_FOUND) >= 40


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "Công ty TNHH Luxtron-ICT (Việt Nam)",
            "Luxtron-ICT Vietnam Co., Ltd",
            "Luxtron ICT",
            "LUXTRON-ICT VIET NAM",
        ),
        (
            "Công ty Cổ phần Tập đoàn Hòa Lâm",
            "Tập đoàn Hòa Lâm",
            "Hoa Lam Group",
            "Hoa Lam Joint Stock Company",
        ),
        ("Công ty TNHH MTV Sao Mai", "Cty TNHH một thành viên Sao Mai", "Sao Mai One Member Co. Ltd."),
        ("CTCP Minh Tâm", "Minh Tam JSC", "Société par actions Minh Tâm", "Minh Tam Corp."),
    ],
)
def test_one_key_for_all_spellings_of_a_firm(spellings: tuple[str, ...]) -> None:
    assert len({firm_key(written) for written in spellings}) == 1
    assert firm_key(spellings[0])


@pytest.mark.parametrize(
    "generic", ["Công ty", "Tập đoàn Việt Nam", "Co., Ltd", "Joint Stock Company", "(Vietnam)", ""]
)
def test_a_legal_form_alone_has_no_key(generic: str) -> None:
    assert firm_key(generic) == ""


def test_only_the_evidence_and_its_neighbours_are_read() -> None:
    first = "Tỉnh kết nạp 30 đảng viên trong doanh nghiệp."
    second = "Trong đó có chi bộ Công ty TNHH Mai Lâm."
    third = "Công ty Cổ phần Thép Vạn Long xuất khẩu nhiều."
    fourth = "Chi bộ Công ty Cổ phần Sữa Đông Sơn họp."
    text = " ".join((first, second, third, fourth))
    said = [Evidence(exact=first, prefix="", suffix="", start=0, end=len(first), rule="any", weight=1.0)]
    assert [firm.key for firm in find(text, "vi", said)] == ["mai lam"]
    assert find(text, "vi", []) == ()


def test_a_firm_is_told_once_by_its_weightiest_act() -> None:
    text = "Chi bộ Công ty Astral họp. Chi bộ Astral ra đời khi Công ty Astral thành lập chi bộ năm 2020."
    (firm,) = find(text, "vi")
    assert (firm.key, firm.act) == ("astral", "founds")


def test_the_only_unit_of_the_text_is_the_place() -> None:
    text = "Bắc Giang phát triển Đảng. Chi bộ Công ty TNHH Mai Lâm có 5 đảng viên."
    (firm,) = find(text, "vi")
    assert firm.place == "Bắc Ninh"


PIECES = [
    "Công ty TNHH ",
    "Mai Lâm",
    " Co., Ltd",
    "Party cell at ",
    "chi bộ ",
    "kết nạp ",
    " (Việt Nam)",
    "Société ",
    ". ",
]
ALPHABET = st.one_of(st.characters(), st.sampled_from([*" .,-–()\n", *PIECES]))


@given(
    st.lists(ALPHABET, max_size=40).map("".join), st.sampled_from(["vi", "en", "fr", "es", "zh", "ru", ""])
)
def test_any_text_gives_exact_offsets(text: str, language: str) -> None:
    text = clean(text)
    for firm in find(text, language):
        assert text[firm.start : firm.end] == firm.exact
        assert firm.key
        assert firm.exact in firm.sentence


def test_time_is_linear_in_hostile_text() -> None:
    for piece in (
        "Công ty ",
        "Công ty A kết nạp. ",
        "A Co., Ltd ",
        "Party cell at A ",
        "chi bộ thành lập ",
        "A-",
    ):
        find(piece * 8000, "vi")
        find(piece * 8000, "en")
