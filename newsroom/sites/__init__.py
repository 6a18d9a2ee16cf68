"""One module for each family of outlets: what its hosts answer to a path."""
