"""The verdict on one text: its Flag, and what a flagged text states."""

from datetime import date

from analysis.documents import find_documents
from analysis.enterprises import find_enterprises
from analysis.flag import clean, find_flag
from analysis.language import guess_language
from analysis.places import find_places
from analysis.quantities import find_quantities
from analysis.topic import Topic
from storage.models import Verdict


def judge(
    text: str, topic: Topic, *, title: str = "", language: str | None = None, published_on: date | None = None
) -> Verdict:
    """What ``text`` says of ``topic``.

    ``text`` is the judged text of a Revision; where it is not NFC it is normalised first, and every
    offset counts code points of the normalised text. ``language`` is an ISO 639-1 code; None lets the
    text tell. ``published_on`` is the local day, by which "this year" is told; None leaves it open.

    What a text states beside its Flag is read only where it is flagged.
    """
    text, title = clean(text), clean(title)
    if language is None:
        language = guess_language(f"{title}\n{text}")
    flag = find_flag(text, topic, title=title, language=language)
    if not flag.is_flagged:
        return Verdict(flag=flag)
    places = find_places(text, language=language, published_on=published_on)
    return Verdict(
        flag=flag,
        quantities=find_quantities(
            text, language=language or "", title=title, published_on=published_on, places=places
        ),
        documents=find_documents(text, language=language, published_on=published_on, places=places),
        places=places,
        enterprises=find_enterprises(text, language=language, places=places, evidence=flag.evidence),
    )
