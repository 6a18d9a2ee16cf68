"""People who sign in, their signed-in browsers, and the keys of their programs.

Tokens and keys are known here by their SHA-256 alone, passwords by the hash that is handed in. Functions
that write want a session of ``Database.write``. Moments are aware.
"""

import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from storage.desk_tables import ApiKeyRow, PersonRow, SignInRow
from storage.errors import KeyKnown, KeyUnknown, PersonKnown, PersonUnknown
from storage.models import Value

IDLE = timedelta(days=30)
"""After so long without a request a browser is signed out."""
LONGEST = timedelta(days=90)
"""So long after signing in, in any case."""
SEEN_EVERY = timedelta(days=1)
"""How exactly it is kept when a browser or a key was seen last: most requests should write nothing."""


LONGEST_NAME = 64
"""Code points of a person's name, and of a key's."""


class StoredPerson(Value):
    """Somebody who may sign in."""

    name: str
    role: str
    """reader or reviewer."""
    made_at: datetime
    browsers: int = 0
    """How many are signed in."""


class StoredKey(Value):
    """A key, without the key itself."""

    person: str
    name: str
    made_at: datetime
    seen_at: datetime | None
    """When it was used last, to the day; None where it never was."""


class KnownToken(Value):
    """Whom a browser's token or a program's key stands for."""

    person: str
    role: str
    is_seen_note_due: bool
    """Whether ``note_seen`` or ``note_key_seen`` should be called."""


# ---- people


def proper_name(written: str) -> str:
    """A person's or key's name as it is kept. Raises ValueError, with a sentence, where it cannot be one."""
    name = unicodedata.normalize("NFC", written)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters")
    if name != name.strip() or not name.isprintable():
        raise ValueError("a name has no control characters, and no space before or after it")
    return name


def any_person(session: Session) -> bool:
    """Whether anybody may sign in."""
    return session.exec(select(PersonRow.name).limit(1)).first() is not None


def people(session: Session, now: datetime) -> list[StoredPerson]:
    """Everybody, by name."""
    counted = (
        select(SignInRow.person, func.count()).where(SignInRow.expires_at > now).group_by(SignInRow.person)
    )
    counts = dict(session.exec(counted).all())
    rows = session.exec(select(PersonRow).order_by(PersonRow.name)).all()
    return [
        StoredPerson(name=row.name, role=row.role, made_at=row.made_at, browsers=counts.get(row.name, 0))
        for row in rows
    ]


def password_hash(session: Session, name: str) -> str | None:
    """The hash of the password of ``name``; None where nobody has that name."""
    return session.exec(select(PersonRow.password_hash).where(PersonRow.name == name)).first()


def add_person(session: Session, name: str, role: str, hashed: str, now: datetime) -> None:
    """Let ``name`` sign in. Raises PersonKnown where the name is taken, in whatever case."""
    taken = next((other.name for other in people(session, now) if _alike(other.name, name)), None)
    if taken is not None:
        raise PersonKnown(taken)
    session.add(PersonRow(name=name, role=role, password_hash=hashed, made_at=now))


def change_password(session: Session, name: str, hashed: str) -> None:
    """Give ``name`` another password; every browser is signed out. Raises PersonUnknown."""
    _known(session, name).password_hash = hashed
    sign_out_everywhere(session, name)


def change_role(session: Session, name: str, role: str) -> None:
    """Give ``name`` another role, from the next request on. Raises PersonUnknown."""
    _known(session, name).role = role


def renew_hash(session: Session, name: str, before: str, hashed: str) -> None:
    """The same password hashed anew, unless it was changed meanwhile."""
    session.execute(
        update(PersonRow)
        .where(col(PersonRow.name) == name, col(PersonRow.password_hash) == before)
        .values(password_hash=hashed)
    )


def remove_person(session: Session, name: str) -> None:
    """End everything that ``name`` could sign in with; what they decided stays. Raises PersonUnknown."""
    row = _known(session, name)
    sign_out_everywhere(session, name)
    session.execute(delete(ApiKeyRow).where(col(ApiKeyRow.person) == name))
    session.delete(row)


# ---- browsers


def sign_in(session: Session, token_sha256: str, name: str, now: datetime) -> None:
    """Keep that a browser is signed in as ``name``. Raises PersonUnknown."""
    _known(session, name)
    session.execute(delete(SignInRow).where(col(SignInRow.expires_at) <= now))
    session.add(
        SignInRow(token_sha256=token_sha256, person=name, made_at=now, seen_at=now, expires_at=now + IDLE)
    )


def signed_in(session: Session, token_sha256: str, now: datetime) -> KnownToken | None:
    """Whom the browser with this token is signed in as; None where it is not, or no more."""
    found = session.exec(
        select(SignInRow.seen_at, PersonRow.name, PersonRow.role)
        .join(PersonRow, col(PersonRow.name) == SignInRow.person)
        .where(SignInRow.token_sha256 == token_sha256, SignInRow.expires_at > now)
    ).first()
    if found is None:
        return None
    seen_at, name, role = found
    return KnownToken(person=name, role=role, is_seen_note_due=now - seen_at >= SEEN_EVERY)


def note_seen(session: Session, token_sha256: str, now: datetime) -> None:
    """Keep that a browser was seen ``now``, which lets it stay signed in for longer."""
    row = session.get(SignInRow, token_sha256)
    if row is not None:
        row.seen_at = now
        row.expires_at = min(now + IDLE, row.made_at + LONGEST)


def sign_out(session: Session, token_sha256: str) -> None:
    """End one browser's sign-in, if there is one."""
    session.execute(delete(SignInRow).where(col(SignInRow.token_sha256) == token_sha256))


def sign_out_everywhere(session: Session, name: str) -> None:
    """End the sign-in of every browser of ``name``; keys stay."""
    session.execute(delete(SignInRow).where(col(SignInRow.person) == name))


# ---- keys


def add_key(session: Session, key_sha256: str, person: str, name: str, now: datetime) -> None:
    """Let a program act for ``person``. Raises PersonUnknown, KeyKnown."""
    _known(session, person)
    if _key_named(session, person, name) is not None:
        raise KeyKnown(person, name)
    session.add(ApiKeyRow(key_sha256=key_sha256, person=person, name=name, made_at=now))


def keys(session: Session) -> list[StoredKey]:
    """Every key, by person and name."""
    rows = session.exec(select(ApiKeyRow).order_by(ApiKeyRow.person, ApiKeyRow.name)).all()
    return [
        StoredKey(person=row.person, name=row.name, made_at=row.made_at, seen_at=row.seen_at) for row in rows
    ]


def drop_key(session: Session, person: str, name: str) -> None:
    """End a key. Raises KeyUnknown."""
    row = _key_named(session, person, name)
    if row is None:
        raise KeyUnknown(person, name)
    session.delete(row)


def person_of_key(session: Session, key_sha256: str, now: datetime) -> KnownToken | None:
    """Whom a program with this key acts for; None where there is no such key."""
    found = session.exec(
        select(ApiKeyRow.seen_at, PersonRow.name, PersonRow.role)
        .join(PersonRow, col(PersonRow.name) == ApiKeyRow.person)
        .where(ApiKeyRow.key_sha256 == key_sha256)
    ).first()
    if found is None:
        return None
    seen_at, name, role = found
    is_due = seen_at is None or now - seen_at >= SEEN_EVERY
    return KnownToken(person=name, role=role, is_seen_note_due=is_due)


def note_key_seen(session: Session, key_sha256: str, now: datetime) -> None:
    """Keep that a key was used ``now``."""
    session.execute(update(ApiKeyRow).where(col(ApiKeyRow.key_sha256) == key_sha256).values(seen_at=now))


def _known(session: Session, name: str) -> PersonRow:
    row = session.get(PersonRow, name)
    if row is None:
        raise PersonUnknown(name)
    return row


def _key_named(session: Session, person: str, name: str) -> ApiKeyRow | None:
    return session.exec(select(ApiKeyRow).where(ApiKeyRow.person == person, ApiKeyRow.name == name)).first()


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
