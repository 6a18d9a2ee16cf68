"""The outbox worked off: real files and mail, failures that pass and that do not."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from digest_samples import ENGLISH, NOW, ON, TOPIC, ZONE
from digest_store import store, sync
from mail_house import Mailbox, mail_server

from digest.delivery.channel import Channel, DeliveryFailed
from digest.delivery.folder import FolderChannel
from digest.delivery.mail import MailChannel, MailServer
from digest.desk import freeze
from digest.model import Digest
from digest.outbox import PAUSES, deliver_due
from storage import outbox
from storage.database import Database
from storage.outbox import DeliveryState


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stubborn:
    """A channel that fails as often as it is told."""

    failures: list[Exception]
    name: str = "chat:1"
    taken: list[Digest] = field(default_factory=list)

    def deliver(self, digest: Digest) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(digest)
        return "accepted"


def frozen(database: Database, *channels: Channel) -> dict[str, Channel]:
    sync(database)
    store(database, ENGLISH)
    freeze(database, ON, NOW, ZONE, TOPIC, channels=[channel.name for channel in channels])
    return {channel.name: channel for channel in channels}


def states(database: Database) -> dict[str, DeliveryState]:
    with database.read() as session:
        return {item.channel: item.state for item in outbox.deliveries_of(session, ON)}


def test_mail_and_files_are_delivered_once(database: Database, tmp_path: Path) -> None:
    mailbox, clock = Mailbox(), Clock()
    with mail_server(mailbox) as port:
        server = MailServer("127.0.0.1", port, "none")
        mail = [MailChannel(server, "d@x.vn", reader, "vi", ZONE) for reader in ("a@x.vn", "b@x.vn")]
        channels = frozen(database, *mail, FolderChannel(tmp_path / "out", "vi", ZONE))
        assert len(deliver_due(database, channels, clock)) == 3
        clock.now += timedelta(days=1)
        assert deliver_due(database, channels, clock) == []
        assert deliver_due(database, channels, clock, on=ON) == []
    assert sorted(reader for reader, _ in mailbox.accepted) == ["a@x.vn", "b@x.vn"]
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert set(states(database).values()) == {DeliveryState.DELIVERED}


def test_a_failure_that_passes_is_tried_again_ever_later(database: Database) -> None:
    clock, channel = Clock(), Stubborn([DeliveryFailed("451 later")] * 3)
    channels = frozen(database, channel)
    for pause in PAUSES[:3]:
        [failed] = deliver_due(database, channels, clock)
        assert (failed.state, failed.due_at) == (DeliveryState.WAITING, clock.now + pause)
        clock.now += pause - timedelta(seconds=1)
        assert deliver_due(database, channels, clock) == []
        clock.now += timedelta(seconds=1)
    [done] = deliver_due(database, channels, clock)
    assert (done.state, done.attempts) == (DeliveryState.DELIVERED, 4)
    assert [digest.on for digest in channel.taken] == [ON]


def test_it_is_given_up_in_the_end_and_said(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    clock, channel = Clock(), Stubborn([DeliveryFailed("451 later")] * 99)
    channels = frozen(database, channel)
    for _ in range(len(PAUSES) + 3):
        deliver_due(database, channels, clock)
        clock.now += PAUSES[-1]
    assert states(database) == {"chat:1": DeliveryState.GIVEN_UP}
    assert len(channel.failures) == 99 - len(PAUSES) - 1
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        f"digest of {ON} to chat:1: given up: 451 later"
    ]


def test_an_address_that_is_refused_for_good_is_given_up_at_once(database: Database) -> None:
    channels = frozen(database, Stubborn([DeliveryFailed("550 no such user", is_final=True)]))
    [lost] = deliver_due(database, channels, Clock())
    assert (lost.state, lost.said) == (DeliveryState.GIVEN_UP, "550 no such user")


def test_a_bug_in_one_channel_does_not_stop_the_others(database: Database) -> None:
    broken, sound = Stubborn([ZeroDivisionError("division by zero")]), Stubborn([], name="chat:2")
    done = {item.channel: item for item in deliver_due(database, frozen(database, broken, sound), Clock())}
    assert done["chat:1"].state is DeliveryState.WAITING
    assert done["chat:1"].said == "ZeroDivisionError: division by zero"
    assert done["chat:2"].state is DeliveryState.DELIVERED


def test_a_channel_that_the_settings_no_longer_have_is_given_up(database: Database) -> None:
    frozen(database, Stubborn([]))
    [lost] = deliver_due(database, {}, Clock())
    assert (lost.state, lost.said) == (
        DeliveryState.GIVEN_UP,
        "this channel is no longer in the settings",
    )


def test_freezing_again_queues_nothing_again(database: Database) -> None:
    channel = Stubborn([])
    channels = frozen(database, channel)
    deliver_due(database, channels, Clock())
    freeze(database, ON, NOW + timedelta(hours=1), ZONE, TOPIC, channels=[channel.name])
    assert deliver_due(database, channels, Clock(NOW + timedelta(hours=2))) == []
    assert len(channel.taken) == 1
