"""When, and in what order: settings, schedule, command line; the only package that knows all the others."""
