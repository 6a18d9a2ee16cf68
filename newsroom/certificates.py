"""A certificate authority that lives as long as the newsroom, its one certificate, and wrong ones."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import trustme

from newsroom.outlets import HOSTS


class Misfit(StrEnum):
    """What can be wrong with a certificate."""

    EXPIRED = "expired"
    OTHER_HOST = "other_host"
    UNKNOWN_AUTHORITY = "unknown_authority"
    """Signed by nobody whom a client knows: a self-signed one, for the client."""
    INCOMPLETE_CHAIN = "incomplete_chain"
    """The certificate between the host's and the authority's is not sent."""


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: what clients trust, and what the server shows."""

    ca_file: Path
    chain_and_key_file: Path
    authority: trustme.CA = field(repr=False)

    def wrong_context(self, misfit: Misfit) -> ssl.SSLContext:
        """What a server shows whose certificate is wrong in this way. Nothing of it is kept on disk."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        match misfit:
            case Misfit.EXPIRED:
                yesterday = datetime.now(UTC) - timedelta(days=1)
                certificate = self.authority.issue_cert(
                    *HOSTS, not_before=yesterday - timedelta(days=90), not_after=yesterday
                )
            case Misfit.OTHER_HOST:
                certificate = self.authority.issue_cert("other-host.example")
            case Misfit.UNKNOWN_AUTHORITY:
                certificate = trustme.CA(organization_name="nobody known").issue_cert(*HOSTS)
            case Misfit.INCOMPLETE_CHAIN:
                certificate = self.authority.create_child_ca().issue_cert(*HOSTS)
                alone = certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes()
                with trustme.Blob(alone).tempfile() as file:
                    context.load_cert_chain(file)
                return context
        certificate.configure_cert(context)
        return context


def issue(folder: Path) -> Certificates:
    """Make an authority and a certificate in ``folder``, which is made where it is missing.

    The authority's own key is never written, so nothing more can be signed in its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="diembao newsroom")
    certificate = authority.issue_cert(*HOSTS)
    ca_file, chain_and_key_file = folder / "newsroom-ca.pem", folder / "newsroom-server.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    chain_and_key_file.touch(mode=0o600)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(chain_and_key_file))
    return Certificates(ca_file, chain_and_key_file, authority)
