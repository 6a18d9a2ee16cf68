"""The ways a frozen digest reaches its readers: mail, files, chat and webhooks."""
