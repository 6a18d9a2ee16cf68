import json
from pathlib import Path

import pytest

from crawler.languages import plain_language, tell_language

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "relevance-dev.jsonl"
SAMPLES = {
    "vi": "Đảng ủy phường vừa trao quyết định thành lập chi bộ tại một công ty tư nhân ở khu công nghiệp. "
    * 2,
    "en": "The Party committee of the ward has handed over the decision to found a cell in a private firm. "
    * 2,
    "fr": "Le comité du Parti de la commune a remis la décision de créer une cellule dans une usine privée. "
    * 2,
    "es": "El comité del Partido entregó la decisión de crear una célula en una empresa privada. " * 2,
    "zh": "该坊党委向工业区内一家民营企业颁发了成立党支部的决定。" * 6,
    "ru": "Партийный комитет квартала передал решение о создании ячейки на частном предприятии провинции. "
    * 2,
    "lo": "ຄະນະພັກໄດ້ມອບຂໍ້ຕົກລົງສ້າງຕັ້ງໜ່ວຍພັກຢູ່ບໍລິສັດເອກະຊົນ" * 4,
}


@pytest.mark.parametrize("language", SAMPLES)
def test_plain_language(language: str) -> None:
    assert plain_language(SAMPLES[language]) == language


def test_a_few_words_say_nothing_for_sure() -> None:
    assert plain_language("SEA Games 33") is None
    assert plain_language("12.345 67/89") is None


def test_english_with_vietnamese_names_is_english() -> None:
    text = (
        "Nguyễn Văn Mẫu, secretary of the Party Cell of Đại Lộc Company in Việt Yên, said that the cell has "
        "admitted nine workers, and Trần Thị Mẫu, a worker at the plant in Quế Võ, is one of them."
    )
    assert plain_language(text) == "en"


def test_vietnamese_without_marks_is_left_to_the_model() -> None:
    text = "Dang uy phuong vua trao quyet dinh thanh lap chi bo tai mot cong ty tu nhan o khu cong nghiep."
    assert plain_language(text * 2) not in {"en", "fr", "es"}


def test_the_model_chooses_among_the_declared() -> None:
    assert tell_language("Cellule du Parti à Bac Giang", ("fr", "vi")) == "fr"
    assert tell_language("Chi bộ ở nhà máy", ("en", "vi")) == "vi"
    assert tell_language("12/2026", ("en", "vi")) is None
    assert tell_language(SAMPLES["en"], ("fr", "vi")) == "en"


def test_on_the_corpus_nothing_is_plainly_wrong() -> None:
    if not CORPUS.is_file():
        pytest.skip("../shared is absent: the labelled corpus cannot be read.")
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        declared = item.get("language") or item.get("lang")
        assert plain_language(item["text"]) in {declared, None}, item
