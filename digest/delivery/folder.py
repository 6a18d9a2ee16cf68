"""The digest as files in a folder: Markdown and HTML, a name a day.

A file is written beside its place and moved there, so that a reader, or a program that syncs the
folder, never sees half of one; writing it again gives the same file.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.delivery.channel import DeliveryFailed
from digest.model import Digest
from digest.render import render

_FORMS = {"html": "html", "md": "md"}


@dataclass(frozen=True)
class FolderChannel:
    """Files in one folder."""

    folder: Path
    locale: str
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """``folder:PATH``."""
        return f"folder:{self.folder}"

    def deliver(self, digest: Digest) -> str:
        """Write ``digest-YYYY-MM-DD.html`` and ``.md``; see ``Channel.deliver``."""
        stem = f"digest-{digest.on.isoformat()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for form, suffix in _FORMS.items():
                _write(self.folder / f"{stem}.{suffix}", render(digest, form, self.locale, self.zone))
        except OSError as error:
            raise DeliveryFailed(f"{self.folder}: {error.strerror or error}") from error
        return f"{stem}.html and {stem}.md"


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
