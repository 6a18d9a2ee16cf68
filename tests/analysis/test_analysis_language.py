"""The language of a text, told from its letters and common words."""

import pytest

from analysis.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("越南共产党在 Samsung Electronics Vietnam 公司成立党支部。", "zh"),
        ("吸納優秀工人入黨", "zh"),
        ("Партком компании Samsung Electronics Vietnam принял новых членов партии.", "ru"),
        ("Las empresas del parque industrial de Hai Phong crearon una célula del Partido.", "es"),
        ("Công ty TNHH Samsung 三星 tại Bắc Ninh thành lập chi bộ đảng.", "vi"),
    ],
)
def test_names_in_other_letters_do_not_matter(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "ベトナムの民間企業では党組織の設立が進んでいる。新しい党員も増えている。",
        "베트남 민간 기업에서 당 조직이 늘어나고 있다. 新黨員도 늘었다.",
        "В'єтнамські підприємства створюють партійні осередки, і їх кількість зростає.",
        "Віетнамскія прадпрыемствы ствараюць партыйныя ячэйкі, і іх колькасць расце ўвесь час.",
        "Вијетнамске компаније оснивају партијске ћелије, а њихов број стално расте.",
        "Вьетнам кәсіпорындары партия ұйымдарын құруда, олардың саны үнемі өсіп келеді.",
        """Виетнамските предприятия създават партийни организации, а броят на членовете расте всяка година.
        Работниците от завода приеха решението с внимание, защото ръководството обеща зала за събрания и
        свободно време за обучение. Секретарят каза, че следващата година ще има още две организации.""",
        "ວິສາຫະກິດຫວຽດນາມ ສ້າງຕັ້ງໜ່ວຍພັກ",
        "12 345",
    ],
)
def test_another_language_in_these_letters_is_none_of_ours(text: str) -> None:
    assert guess_language(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "A empresa do parque industrial criou uma célula do Partido e os trabalhadores foram admitidos.",
        "L'empresa va crear una cèl·lula del Partit amb els treballadors de les fàbriques i dels tallers.",
        "L'impresa ha creato una cellula del Partito nel parco industriale e gli operai sono entrati.",
        "Compania a creat o celulă de partid în parcul industrial, iar muncitorii au fost primiți.",
    ],
)
def test_a_neighbour_of_spanish_is_not_taken_for_it(text: str) -> None:
    assert guess_language(text) not in {"es", "fr"}
