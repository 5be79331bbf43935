"""Credentials from an HTTP service on or near this machine.

Proxies are not used and redirects are not followed: both would send the
credentials through a third party.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlsplit

from fc_client._json import read_json
from fc_client._messages import target_of
from fc_client._redaction import as_secret
from fc_client._transport.connections import Origin, OriginPool
from fc_client._transport.failures import Carried
from fc_client._transport.options import ca_bundle, tls_context
from fc_client.credentials import Credentials
from fc_client.credentials.sources import Missing
from fc_client.exceptions import ConfigurationError, TransportError
from fc_client.timeouts import Timeout

# The metadata service of an ECS instance, on a link-local address.
METADATA_URL = "http://100.100.100.200"

_ROLES = "/latest/meta-data/ram/security-credentials/"

# The service is near: whatever takes longer is not it.
_TIMEOUT = Timeout(connect=1.0, read=1.0, total=2.0)

_MAX_RESPONSE_BYTES = 64 * 1024


def from_uri(uri: str) -> Credentials | Missing:
    """Return the credentials that a URL responds with, or why there are none."""
    body = _fetch(uri)
    return body if isinstance(body, Missing) else parse(body)


def from_role(role: str, base: str = METADATA_URL) -> Credentials | Missing:
    """Return the credentials of the ECS instance's role, or why there are none.

    Args:
        role: Name of the RAM role.
        base: URL of the metadata service.
    """
    return from_uri(f"{base}{_ROLES}{quote(role, safe='')}")


def _fetch(url: str) -> bytes | Missing:
    """Return the body that *url* responds with, or why there is none, within two seconds."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # The text may quote the URL, which may contain a token.
        return Missing("not a valid URL")
    if not url.isascii() or not url.isprintable() or " " in url:
        return Missing("not a valid URL")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return Missing("not an http:// or https:// URL")
    try:
        return _received(url, parts.netloc.rpartition("@")[2])
    except TransportError as exc:
        return Missing(f"no response: {exc.message}")
    except ConfigurationError as exc:
        return Missing(f"no response: {exc.message}")
    except Carried as exc:
        raise exc.exception from None


def _received(url: str, host: str) -> bytes | Missing:
    origin = Origin(url, lambda: tls_context(ca_bundle(verify=True)))
    pool = OriginPool(origin, 1, max_idle=0)
    headers = {"Host": host, "Accept": "application/json", "Connection": "close"}
    try:
        reply = pool.exchange("GET", target_of(url), headers, b"", _TIMEOUT.limits(), streamed=True)
        if reply.status != 200:
            reply.close()
            return Missing(f"responded with status {reply.status}")
        body = bytearray()
        for part in reply.stream():
            body += part
            if len(body) > _MAX_RESPONSE_BYTES:
                reply.close()
                return Missing(f"the response has more than {_MAX_RESPONSE_BYTES} bytes")
        return bytes(body)
    finally:
        pool.close()


def parse(body: bytes) -> Credentials | Missing:
    """Return the credentials in the body of a response, or why there are none."""
    try:
        document = read_json(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Missing("the response is not a JSON object")
    code = document.get("Code", "Success")
    if code != "Success":
        return Missing(f"the response has Code {code!r:.60}, expected 'Success'")
    try:
        return Credentials(
            document["AccessKeyId"],
            as_secret(document["AccessKeySecret"]),
            as_secret(document.get("SecurityToken") or None),
            expiration=_time(document.get("Expiration")),
        )
    except KeyError as exc:
        return Missing(f"the response has no {exc.args[0]}")
    except (TypeError, ValueError) as exc:
        return Missing(f"invalid credentials in the response: {exc}")


def _time(text: object) -> datetime | None:
    if not text:
        return None
    try:
        # Python 3.10's fromisoformat does not accept Z for UTC.
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("Expiration: not a time, such as 2026-05-08T10:00:00Z") from None
