"""One day's selection of flagged articles and its written forms."""
