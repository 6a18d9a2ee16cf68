"""What can be wrong with the store. Each error's text is one sentence for the operator."""

from collections.abc import Collection
from pathlib import Path


class StorageError(Exception):
    """The store cannot be used; the message says what is wrong and what to do."""


class FolderNotWritable(StorageError):
    """The folder of the database or of the page archive cannot be written."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"The folder {folder} cannot be written ({why}); change its owner or choose another folder."
        )
        self.folder = folder


class NotADatabase(StorageError):
    """The file under the database's name is something else, or damaged."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} is not an SQLite database or is damaged; "
            "move it away or restore it from a backup."
        )
        self.path = path


class DatabaseTooNew(StorageError):
    """A newer version of this program has migrated the database."""

    def __init__(self, address: str, revision: str) -> None:
        super().__init__(
            f"The database {address} was written by a newer version (schema {revision}); "
            "install that version or use another database."
        )
        self.address = address
        self.revision = revision


class DatabaseUnreachable(StorageError):
    """The database server does not answer, or refuses us."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"The database {address} cannot be reached ({why}); "
            "start the server or correct the database's address."
        )
        self.address = address


class DatabaseBusy(StorageError):
    """Another process held the write lock for longer than we wait."""

    def __init__(self, address: str, waited_s: float) -> None:
        super().__init__(
            f"The database {address} was locked by another writer for {waited_s:g} s; "
            "end the other process or try again."
        )
        self.address = address


class AddressUnknown(StorageError):
    """The database's address names no database that we know."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The database address {address} is not understood; "
            "write sqlite:///FOLDER/FILE.sqlite3 or postgresql://USER@HOST/NAME."
        )
        self.address = address


class PageLost(StorageError):
    """An archived page cannot be read back."""

    def __init__(self, path: Path, offset: int, why: str) -> None:
        super().__init__(
            f"The page at byte {offset} of {path} cannot be read ({why}); restore the file from a backup."
        )
        self.path = path
        self.offset = offset


class PageRemoved(PageLost):
    """An archived page was removed by its age or for the archive's size."""

    def __init__(self, path: Path) -> None:
        StorageError.__init__(
            self,
            "The page was removed by age or size, as [keep] in the settings says; "
            "a backup from before has it.",
        )
        self.path = path
        self.offset = 0


class ArchiveInUse(StorageError):
    """The page archive is being rewritten or copied by another process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The page archive {folder} is being copied or rewritten by another process; "
            "try again when its backup or its pruning has ended."
        )
        self.folder = folder


class ArticleDigested(StorageError):
    """An Article is to be new in a second digest."""

    def __init__(self, article_ids: Collection[int]) -> None:
        listed = ", ".join(map(str, sorted(article_ids)))
        super().__init__(f"The articles {listed} are in another digest already; build the digest again.")
        self.article_ids = frozenset(article_ids)


class WriteFailed(StorageError):
    """A worker could not write, for the reason that the message gives; errors of drivers do not travel."""


class NothingToBackUp(StorageError):
    """There is no database, or none of ours."""

    def __init__(self, address: str) -> None:
        super().__init__(f"There is nothing to back up: {address} holds no data of this program yet.")
        self.address = address


class NotEmpty(StorageError):
    """A restore would overwrite what is there."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"A restore overwrites nothing, and {place} is not empty; move it away or choose another place."
        )
        self.place = place


class BackupUnusable(StorageError):
    """A backup cannot be restored."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"The backup {file} cannot be used: {why}.")
        self.file = file
        self.why = why


class PersonKnown(StorageError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a user {name} already; choose another name, or `diembao user password {name}`."
        )
        self.name = name


class PersonUnknown(StorageError):
    """Nobody has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user {name}; `diembao user list` shows who there is.")
        self.name = name


class KeyKnown(StorageError):
    """The person has a key of that name."""

    def __init__(self, person: str, name: str) -> None:
        super().__init__(
            f"{person} has a key {name} already; choose another name, or "
            f"`diembao user drop-key {person} {name}` first."
        )
        self.person = person
        self.name = name


class KeyUnknown(StorageError):
    """The person has no key of that name."""

    def __init__(self, person: str, name: str) -> None:
        super().__init__(f"{person} has no key {name}; `diembao user keys` shows which there are.")
        self.person = person
        self.name = name
