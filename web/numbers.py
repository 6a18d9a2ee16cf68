"""Numbers in addresses and forms: a story's, an article's, an archived page's."""

from starlette.exceptions import HTTPException

LARGEST = 2**31 - 1
"""PostgreSQL's integers go no further."""


def number_or_none(written: str) -> int | None:
    """The number that ``written`` is in plain digits; None where it is anything else."""
    if not (written.isascii() and written.isdecimal()) or len(written) > 10 or int(written) > LARGEST:
        return None
    return int(written)


def number_in_address(written: str) -> int:
    """The number that an address names; anything else is a page that there is not."""
    number = number_or_none(written)
    if number is None:
        raise HTTPException(404)
    return number
