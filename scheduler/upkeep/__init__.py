"""The care of what is kept: room on the disk, how long pages stay, whether everything is whole."""
