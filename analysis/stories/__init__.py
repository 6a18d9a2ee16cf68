"""One event once: which articles tell the same story, across outlets, re-hosts and languages, and why."""
