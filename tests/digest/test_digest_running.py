"""A digest says why it is late and for how long nothing was collected, in each language and form."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.desk import freeze
from digest.i18n import Tongue
from digest.model import Digest
from digest.render import render
from digest.running import service_sentences
from storage import jobs
from storage.database import Database
from storage.jobs import StretchEnding

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DUE = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def built(database: Database, ending: StretchEnding | None, until: datetime) -> Digest:
    """The digest, after a stretch that ended three hours before it was due and another from ``until`` on."""
    with database.write() as session:
        first = jobs.begin_stretch(session, DUE - 20 * HOUR)
        jobs.prolong_stretch(session, first, DUE - 3 * HOUR)
        if ending is not None:
            jobs.end_stretch(session, first, ending)
        jobs.begin_stretch(session, until)
    now = until + timedelta(minutes=2)
    return freeze(database, DUE.astimezone(ZONE).date(), now, ZONE, "party_in_enterprises", due_at=DUE)


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (None, "the service did not run at its hour."),
        (StretchEnding.STOPPED, "the service did not run at its hour."),
        (StretchEnding.ASLEEP, "the machine was asleep at its hour."),
        (StretchEnding.CLOCK, "the clock was set forward past its hour."),
    ],
)
def test_why_it_is_late(database: Database, ending: StretchEnding | None, said: str) -> None:
    digest = built(database, ending, DUE + 2 * HOUR)
    assert digest == Digest.from_body(digest.to_body())
    sentences = service_sentences(digest, Tongue("en", ZONE))
    assert sentences[0].endswith(said)
    assert sentences[0].startswith("It was due at 22 Nov 2026, 07:00 and built at 22 Nov 2026, 09:02")
    if ending is StretchEnding.CLOCK:  # the hours that it leapt over were none
        assert sentences[1:] == []
    else:
        span = "longest from 22 Nov 2026, 04:00 to 22 Nov 2026, 09:00."
        assert sentences[1:] == [f"For 5 hr of this time the service did not run, {span}"]


def test_a_pause_before_its_hour_makes_it_not_late(database: Database) -> None:
    digest = built(database, StretchEnding.STOPPED, DUE - HOUR)
    sentences = service_sentences(digest, Tongue("en", ZONE))
    assert [sentence.partition(" of")[0] for sentence in sentences] == ["For 2 hr"]


def test_a_late_one_without_a_pause_took_so_long(database: Database) -> None:
    digest = freeze(database, DUE.date(), DUE + HOUR, ZONE, "party_in_enterprises", due_at=DUE)
    assert digest.pauses == ()
    assert service_sentences(digest, Tongue("en", ZONE))[0].endswith("reading what had come took so long.")
    unknown = digest.model_copy(update={"pauses": None})  # as one that was frozen before it was known
    assert service_sentences(unknown, Tongue("en", ZONE))[0].endswith("the service did not run at its hour.")


@pytest.mark.parametrize(
    ("language", "said"),
    [("vi", "máy đang ở chế độ ngủ"), ("fr", "la machine était en veille"), ("en", "asleep")],
)
@pytest.mark.parametrize("form", ["html", "text", "md"])
def test_every_form_says_it(database: Database, form: str, language: str, said: str) -> None:
    digest = built(database, StretchEnding.ASLEEP, DUE + 2 * HOUR)
    assert said in " ".join(render(digest, form, language, ZONE).split())
