"""``diembao`` and ``python -m scheduler``: the command line.

Worker processes import this module again, so it imports nothing heavy before ``main`` runs.
"""

import sys


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 failed, 2 bad usage."""
    from scheduler.commands.app import app  # noqa: PLC0415

    try:
        app()
    except BrokenPipeError:
        # The reader of our output went away, as `head` does.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        from scheduler.commands.errors import EXPECTED  # noqa: PLC0415 - they come from every package

        if not isinstance(error, EXPECTED):
            raise
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
