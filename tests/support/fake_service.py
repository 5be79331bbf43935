"""A service faked with responses: its URLs, and what it was sent."""

import requests
import responses

from fc_client import (
    Code,
    signing,
)

SERVICES = "http://fc.test/2016-08-15/services"


SERVICE = f"{SERVICES}/s"


FUNCTION = f"{SERVICE}/functions/f"


INVOCATIONS = f"{FUNCTION}/invocations"


TRIGGERS = f"{FUNCTION}/triggers"


KEYS = {"access_key_id": "made-up-id", "access_key_secret": "made-up-secret"}


EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


ZIP = Code.from_zip(EMPTY_ZIP)


ERROR = {"X-Fc-Request-Id": "id-1", "X-Fc-Error-Type": "UnhandledInvocationError"}


def sent(index=0):
    return responses.calls[index].request


def signature_of(request, secret="made-up-secret"):
    """Sign what was sent as the service does, from the wire alone."""
    path = requests.compat.unquote(requests.compat.urlparse(request.url).path)
    return signing.authorization("made-up-id", secret, request.method, path, dict(request.headers))
