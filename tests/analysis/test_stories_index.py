"""The index: finds what could join, and nothing that lies a month away."""

import random

from story_samples import SETS, made, prints

from analysis.stories.evidence import join
from analysis.stories.fingerprint import Fingerprint
from analysis.stories.index import MOST_CANDIDATES, StoryIndex, keys

EVERYTHING = [item for file in sorted(SETS.glob("*.toml")) for item in prints(file.stem).values()]


def filled(articles: list[Fingerprint]) -> StoryIndex:
    index = StoryIndex()
    for item in articles:
        index.add(item)
    return index


def test_everything_that_joins_is_a_candidate_and_no_article_its_own() -> None:
    index = filled(EVERYTHING)
    for item in EVERYTHING:
        candidates = set(index.candidates(item))
        assert item.id not in candidates
        assert {other.id for other in EVERYTHING if other is not item and join(item, other)} <= candidates


def test_the_order_of_entering_does_not_matter() -> None:
    shuffled = list(EVERYTHING)
    random.Random(5).shuffle(shuffled)
    one, other = filled(EVERYTHING), filled(shuffled)
    assert all(one.candidates(item) == other.candidates(item) for item in EVERYTHING)


def test_articles_a_month_apart_are_not_compared() -> None:
    text = "Kết nạp 3.391 đảng viên ở Hải Phòng."
    index = filled([made("early", text, day=1), made("undated", text)])
    assert index.candidates(made("soon", text, day=10)) == ["early", "undated"]
    late = made("late", text, url="https://bao.example/2027/03/04/ket-nap-dang-vien-moi-o-cang.htm")
    assert index.candidates(late) == ["undated"]


def test_entering_twice_changes_nothing() -> None:
    item = made("a", "Kết nạp 3.391 đảng viên.")
    index = filled([item, item])
    assert len(index) == 1
    assert item.id in index
    assert index.candidates(made("b", "Kết nạp 3.391 đảng viên.")) == ["a"]


def test_the_full_comparisons_are_bounded_and_the_likeliest_come_first() -> None:
    crowd = [made(f"n{at:03}", f"Có 3.391 người và {at + 1000}1 lao động.") for at in range(200)]
    found = filled(crowd).candidates(made("x", "Có 3.391 người và 11501 lao động."))
    assert len(found) == MOST_CANDIDATES
    assert found[0] == "n150"


def test_keys_fit_a_signed_64_bit_column_and_do_not_change() -> None:
    item = made("a", "Kết nạp 3.391 đảng viên ở Hải Phòng, do ông Ngô Quang Hiển trao quyết định.")
    assert all(0 <= key < 2**63 for key in keys(item))
    assert 1 <= len(keys(item)) == len(set(keys(item))) <= 64
    # Stored keys must find new articles: a change of the keys needs a migration that makes them anew.
    assert keys(made("a", "Có 3.391 người.")) == (605830745972950682,)
