"""The verdict on one text: its Flag, and what a flagged text states."""

from datetime import date

from analysis.flag import clean, find_flag
from analysis.language import guess_language
from analysis.topic import Topic
from storage.models import Verdict


def judge(
    text: str, topic: Topic, *, title: str = "", language: str | None = None, published_on: date | None = None
) -> Verdict:
    """What ``text`` says of ``topic``.

    ``text`` is the judged text of a Revision; where it is not NFC it is normalised first, and every
    offset counts code points of the normalised text. ``language`` is an ISO 639-1 code; None lets the
    text tell. ``published_on`` is the local day, by which "this year" is told; None leaves it open.
    """
    text, title = clean(text), clean(title)
    if language is None:
        language = guess_language(f"{title}\n{text}")
    return Verdict(flag=find_flag(text, topic, title=title, language=language))
