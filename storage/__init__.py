"""What is kept, and the questions asked of it."""
