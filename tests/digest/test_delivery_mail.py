"""The digest by mail, over a real SMTP server on loopback."""

import socket
import ssl

import digest_samples as samples
import pytest
import trustme
from lxml import html as lxml_html
from mail_house import Mailbox, mail_server, starttls, with_password

from digest.delivery.channel import DeliveryFailed
from digest.delivery.mail import MailChannel, MailServer, compose

SENDER, READER = "diembao@press.example", "analyst@desk.example"


def channel(port: int, **server: object) -> MailChannel:
    facts = {"host": "127.0.0.1", "port": port, "security": "none"} | server
    return MailChannel(MailServer(**facts), SENDER, READER, "en", samples.ZONE)  # type: ignore[arg-type]


def test_the_message_arrives_whole() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        said = channel(port).deliver(samples.digest())
    assert said == f"accepted by 127.0.0.1:{port}"
    [(reader, message)] = mailbox.accepted
    assert reader == READER
    assert message["Subject"] == "Press review, 22 Nov 2026: 3 new"
    assert message["To"] == READER
    assert message["Auto-Submitted"] == "auto-generated"
    assert "<digest.press.example>" in message["List-Id"]
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for judged in (samples.ENGLISH, samples.VIETNAMESE, samples.FRENCH):
        assert judged.url in text
        assert judged.url in html
        assert judged.revision.title in html
    assert samples.VIETNAMESE.revision.title.split()[0] in text


def test_a_digest_has_one_message_id_a_reader_and_the_same_bytes_each_time() -> None:
    digest = samples.digest()

    def made(reader: str) -> bytes:
        return compose(digest, SENDER, reader, "vi", samples.ZONE).as_bytes()

    assert made(READER) == made(READER)
    ids = {compose(digest, SENDER, reader, "vi", samples.ZONE)["Message-ID"] for reader in (READER, "b@x.vn")}
    assert len(ids) == 2
    tomorrow = digest.model_copy(update={"on": digest.on.replace(day=23)})
    assert compose(tomorrow, SENDER, READER, "vi", samples.ZONE)["Message-ID"] not in ids


def test_the_styles_stand_at_the_elements_and_nothing_is_fetched() -> None:
    html = compose(samples.digest(), SENDER, READER, "en", samples.ZONE).get_body(("html",)).get_content()
    tree = lxml_html.document_fromstring(html.encode())
    assert all("style" in heading.attrib for heading in tree.iter("h1", "h2", "h3"))
    assert "var(--" not in html
    assert "3 new stories (2 about it, 1 in passing)" in " ".join(tree.text_content().split())
    assert not list(tree.iter("link", "script", "img", "iframe", "form"))
    assert "prefers-color-scheme: dark" in html


def test_hostile_text_stays_text_in_a_mail() -> None:
    message = compose(samples.digest((samples.HOSTILE,)), SENDER, READER, "en", samples.ZONE)
    html = message.get_body(("html",)).get_content()
    tree = lxml_html.document_fromstring(html.encode())
    assert not list(tree.iter("script", "img"))
    assert not [link for link in tree.iter("a") if link.get("href", "").startswith("javascript")]
    assert "\x1b" not in message.get_body(("plain",)).get_content()


def test_nothing_new_is_said_in_the_subject() -> None:
    message = compose(samples.digest(()), SENDER, READER, "fr", samples.ZONE)
    assert "rien de nouveau" in message["Subject"]


def test_a_passing_refusal_may_be_tried_again() -> None:
    mailbox = Mailbox(answers=["451 try later"])
    with mail_server(mailbox) as port:
        with pytest.raises(DeliveryFailed, match="451 try later") as failure:
            channel(port).deliver(samples.digest())
        assert not failure.value.is_final
        channel(port).deliver(samples.digest())
    assert len(mailbox.accepted) == 1


def test_a_refused_address_is_final_and_a_full_mailbox_is_not() -> None:
    with mail_server(Mailbox(refused_readers={READER: "550 no such user"})) as port:
        with pytest.raises(DeliveryFailed, match="550 no such user") as failure:
            channel(port).deliver(samples.digest())
        assert failure.value.is_final
    with mail_server(Mailbox(refused_readers={READER: "452 mailbox full"})) as port:
        with pytest.raises(DeliveryFailed, match="452 mailbox full") as failure:
            channel(port).deliver(samples.digest())
        assert not failure.value.is_final


def test_a_lost_answer_and_a_second_attempt_are_one_message() -> None:
    mailbox = Mailbox(answers=["DROP"])
    with mail_server(mailbox) as port:
        with pytest.raises(DeliveryFailed) as failure:
            channel(port).deliver(samples.digest())
        assert not failure.value.is_final
        channel(port).deliver(samples.digest())
    assert len(mailbox.accepted) == 2
    assert len(set(mailbox.ids())) == 1


def test_nobody_there_is_said_with_the_place() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(DeliveryFailed, match=f"127.0.0.1:{port}: .*refused") as failure:
        channel(port).deliver(samples.digest())
    assert not failure.value.is_final


def test_starttls_trusts_only_known_authorities(tmp_path) -> None:
    ours, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    for name, authority in (("ours", ours), ("other", other)):
        authority.cert_pem.write_to_path(tmp_path / name)
    mailbox = Mailbox()
    with mail_server(mailbox, **starttls(context)) as port:
        trusted = channel(port, security="starttls", ca_file=str(tmp_path / "ours"))
        trusted.deliver(samples.digest())
        stranger = channel(port, security="starttls", ca_file=str(tmp_path / "other"))
        with pytest.raises(DeliveryFailed, match="no secure connection"):
            stranger.deliver(samples.digest())
    assert len(mailbox.accepted) == 1


def test_a_server_without_starttls_gets_no_mail_where_it_is_asked_for() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port, pytest.raises(DeliveryFailed, match="STARTTLS"):
        channel(port, security="starttls").deliver(samples.digest())
    assert not mailbox.accepted


def test_signing_in() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, **with_password("desk", "right")) as port:
        channel(port, user="desk", password="right").deliver(samples.digest())
        with pytest.raises(DeliveryFailed, match="535"):
            channel(port, user="desk", password="wrong").deliver(samples.digest())
    assert len(mailbox.accepted) == 1
