"""Commands that fetch refuse to where the service would pause too."""

from scheduler.commands.errors import CommandError
from scheduler.settings import Settings
from scheduler.upkeep.disk import room_of


def refuse_without_room(settings: Settings) -> None:
    """Raise CommandError where the disk is too full to crawl."""
    room = room_of(settings)
    if room.is_short:
        raise CommandError(f"Nothing was fetched: {room.said}.")
