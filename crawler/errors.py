"""What can be broken in the crawler. Expected bad input is no error: it is a Fate or a Rejection."""

from pathlib import Path


class CrawlError(Exception):
    """Base of every error of the crawler; facts are attributes, ``str()`` is one sentence."""


class SourceError(CrawlError):
    """``file``: ``key`` ``why``; did you mean ``nearest``?"""

    def __init__(self, file: Path, key: str, why: str, nearest: str | None = None) -> None:
        super().__init__(file, key, why, nearest)
        self.file = file
        self.key = key
        """Path of the key, such as ``listing[1].kind`` (counted from 0); empty for the whole file."""
        self.why = why
        """Continues a sentence whose subject is the key or the file."""
        self.nearest = nearest
        """The known key or value that is spelled most alike."""

    def __str__(self) -> str:
        subject = f"{self.file}: {self.key}" if self.key else str(self.file)
        question = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{subject} {self.why}{question}"


class WorkerError(CrawlError):
    """A task in a worker process gave no result."""


class WorkerTimedOut(WorkerError):
    """``task`` took longer than ``limit_s`` and was ended."""

    def __init__(self, task: str, limit_s: float) -> None:
        super().__init__(task, limit_s)
        self.task = task
        self.limit_s = limit_s

    def __str__(self) -> str:
        return f"{self.task} took longer than {self.limit_s:g} s and was ended."


class WorkerDied(WorkerError):
    """The process of ``task`` ended with ``exitcode``."""

    def __init__(self, task: str, exitcode: int | None) -> None:
        super().__init__(task, exitcode)
        self.task = task
        self.exitcode = exitcode

    def __str__(self) -> str:
        return f"The process that ran {self.task} ended with exit code {self.exitcode}."


class WorkerFailed(WorkerError):
    """``task`` raised ``why``, in words: an error that cannot travel between processes as it is."""

    def __init__(self, task: str, why: str) -> None:
        super().__init__(task, why)
        self.task = task
        self.why = why

    def __str__(self) -> str:
        return f"{self.task} failed: {self.why}"


class WorkersBroken(WorkerError):
    """The processes were lost time and again before ``task`` was done: it is not to blame."""

    def __init__(self, task: str, attempts: int) -> None:
        super().__init__(task, attempts)
        self.task = task
        self.attempts = attempts

    def __str__(self) -> str:
        return f"{self.task} was begun {self.attempts} times, and each time all worker processes were lost."
