"""What an outlet changed after publishing."""

from storage.models import Revision
from web.changes import ChangeKind, changes


def revision(text: str, title: str = "Tiêu đề") -> Revision:
    return Revision(title=title, text=text, language="vi")


def test_a_changed_number_is_shown_with_its_surroundings() -> None:
    words = " ".join(f"từ{number}" for number in range(60))
    pieces = changes(revision(f"{words} 553 {words}"), revision(f"{words} 555 {words}"))
    shown = [piece for piece in pieces if piece.text]
    assert [piece.kind for piece in shown] == [
        ChangeKind.KEPT,
        ChangeKind.REMOVED,
        ChangeKind.ADDED,
        ChangeKind.KEPT,
    ]
    assert [piece.text.strip() for piece in shown[1:3]] == ["553", "555"]
    assert [len(piece.text.split()) for piece in (shown[0], shown[-1])] == [12, 12]
    assert pieces[0].is_cut
    assert pieces[-1].is_cut


def test_kept_and_added_make_the_new_text_where_nothing_is_cut() -> None:
    before, after = revision("Một hai ba. Bốn năm.", "Cũ"), revision("Một ba. Bốn năm sáu.", "Mới")
    pieces = changes(before, after)
    text = "".join(piece.text for piece in pieces if piece.kind is not ChangeKind.REMOVED)
    assert text == f"{after.title}\n\n{after.text}"


def test_a_very_long_text_is_compared_by_paragraph() -> None:
    paragraphs = [f"Đoạn {number} " + "chữ " * 200 for number in range(50)]
    before = revision("\n\n".join(paragraphs))
    after = revision("\n\n".join([*paragraphs[:30], "Đoạn mới.", *paragraphs[30:]]))
    added = [piece.text.strip() for piece in changes(before, after) if piece.kind is ChangeKind.ADDED]
    assert added == ["Đoạn mới."]
