"""From a source's address to Snapshots on disk, and from a Snapshot to a Revision or a Rejection."""
