"""The reviewer's pages: views on storage and digests, and what reviewers decide, over HTTP."""
