"""What an article says: pure functions from text to verdict, without network, database or clock."""
