"""Which certificate authorities this process trusts."""

import os
from pathlib import Path


def trust(ca_file: Path | None) -> None:
    """Trust only the authorities in ``ca_file`` (PEM) from now on; None: the system's.

    OpenSSL reads the variable when a connection is first prepared, and worker processes inherit it.
    """
    if ca_file is not None:
        os.environ["SSL_CERT_FILE"] = str(ca_file)
