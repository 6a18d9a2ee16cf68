"""The reviewer's pages: read-only views on storage and digests, over HTTP on loopback."""
