"""What a digest says of the service itself: why it comes late, and for how long nothing was collected."""

from digest.i18n import N_, Tongue
from digest.model import Digest

LATE = {
    None: N_("It was due at %(due)s and built at %(built)s: the service did not run at its hour."),
    "asleep": N_("It was due at %(due)s and built at %(built)s: the machine was asleep at its hour."),
    "clock": N_("It was due at %(due)s and built at %(built)s: the clock was set forward past its hour."),
    "work": N_("It was due at %(due)s and built at %(built)s: reading what had come took so long."),
}
"""By ``Digest.late_cause``; the first one for every other cause."""
DOWN = N_("For %(length)s of this time the service did not run, longest from %(since)s to %(until)s.")
NO_ROOM = N_("For %(length)s of this time nothing was collected, because the disk was nearly full.")
WORTH_TELLING_S = 600
"""A restart of a few minutes costs no reader an article."""


def service_sentences(digest: Digest, tongue: Tongue) -> list[str]:
    """Mostly none."""
    said = []
    if digest.is_late and digest.due_at is not None:
        facts = {"due": tongue.moment(digest.due_at), "built": tongue.moment(digest.built_at)}
        said.append(tongue.say(LATE.get(digest.late_cause, LATE[None])) % facts)
    pauses = [pause for pause in digest.pauses or () if pause.cause != "clock"]
    if pauses and digest.down_s >= WORTH_TELLING_S:
        longest = max(pauses, key=lambda pause: pause.until - pause.since)
        facts = {
            "length": tongue.span(digest.down_s),
            "since": tongue.moment(longest.since),
            "until": tongue.moment(longest.until),
        }
        said.append(tongue.say(DOWN) % facts)
    if digest.short_of_room:
        paused_s = sum((until - since).total_seconds() for since, until in digest.short_of_room)
        said.append(tongue.say(NO_ROOM) % {"length": tongue.span(paused_s)})
    return said
