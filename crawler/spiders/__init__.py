"""The one spider; crawler.spiderloader gives it each source's name."""
