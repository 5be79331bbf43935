"""Certificates of servers of this machine: a good one, and others that a client refuses."""

import datetime as dt
import ssl

import trustme


class Certificates:
    """What TLS servers of this machine show, by name; *trusted* is the path of the CA."""

    def __init__(self, directory):
        trusted, unknown = trustme.CA(), trustme.CA()
        now = dt.datetime.now(dt.timezone.utc)
        day = dt.timedelta(days=1)
        self.trusted = str(directory / "ca.pem")
        trusted.cert_pem.write_to_path(self.trusted)
        self._shown = {
            "good": trusted.issue_cert("localhost"),
            "address": trusted.issue_cert("127.0.0.1"),
            "below localhost": trusted.issue_cert("shop.localhost"),
            "wrong name": trusted.issue_cert("other.test"),
            "expired": trusted.issue_cert(
                "localhost", not_before=now - 2 * day, not_after=now - day
            ),
            "unknown CA": unknown.issue_cert("localhost"),
        }

    def context(self, name):
        """Return the TLS context of a server that shows the certificate *name*."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._shown[name].configure_cert(context)
        return context
