"""The JSON API under ``/api/v1``: what the pages show, for programs. See docs/api.md."""
