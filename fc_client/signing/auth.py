"""Signs requests of HTTP libraries: those who know one can call HTTP functions with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from fc_client._redaction import Environment, as_secret
from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.credentials.chain import find_credentials
from fc_client.signing.signatures import authorization, gmt_date

R = TypeVar("R")

# Paths below this are operations of the API, whose query is not signed.
_API = "/2016-08-15/"
_HTTP_FUNCTIONS = "/2016-08-15/proxy/"


class FunctionComputeAuth:
    """Signs requests of requests, httpx and aiohttp, to HTTP functions or to the API.

    ::

        auth = FunctionComputeAuth()
        requests.get(url, auth=auth)
        httpx.get(url, auth=auth)
        aiohttp.ClientSession(middlewares=[auth.middleware])

    Every request gets the headers ``Date``, ``Authorization`` and, with
    temporary credentials, ``x-fc-security-token``.

    Args:
        access_key_id: Default: the first source in the chain of
            :mod:`fc_client.credentials` that has credentials.
        access_key_secret: Secret of *access_key_id*.
        security_token: STS token of temporary credentials.
        credentials: In place of those three: Credentials, or a callable that
            returns them; it is called before every request.
    Raises:
        ConfigurationError: there are no credentials, or only a part of them.
    """

    def __init__(
        self,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = None,
        *,
        credentials: Credentials | CredentialsProvider | None = None,
    ) -> None:
        # Error reports show the arguments of the frames that they list.
        access_key_secret, security_token = as_secret(access_key_secret), as_secret(security_token)
        self._credentials = find_credentials(
            credentials=credentials,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            environ=Environment(),
        )

    def __call__(self, request: R) -> R:
        """Sign a request of requests or httpx, and return it."""
        self._sign(request)
        return request

    async def middleware(self, request: R, handler: Callable[[R], Awaitable[Any]]) -> Any:
        """Sign a request of aiohttp, as one of the ``middlewares`` of a session."""
        # Imported late: the other libraries need no asyncio.
        from fc_client._threads import run_blocking

        # Fetching credentials may take long.
        await run_blocking(self._sign, request)
        return await handler(request)

    def _sign(self, request: Any) -> None:
        credentials = self._credentials()
        headers = request.headers
        headers["Date"] = gmt_date(datetime.now(timezone.utc))
        if credentials.security_token:
            headers["x-fc-security-token"] = credentials.security_token
        parts = urlsplit(str(request.url))
        is_operation = parts.path.startswith(_API) and not parts.path.startswith(_HTTP_FUNCTIONS)
        headers["Authorization"] = authorization(
            credentials.access_key_id,
            credentials.access_key_secret,
            request.method.upper(),
            unquote(parts.path) or "/",
            dict(headers.items()),
            None if is_operation else _queries(parts.query),
        )


def _queries(query: str) -> dict[str, list[str]]:
    """Return the decoded parameters; one without ``=`` has no value."""
    queries: dict[str, list[str]] = {}
    for part in query.split("&"):
        for name, values in parse_qs(part, keep_blank_values=True).items():
            queries.setdefault(name, []).extend(values if "=" in part else ())
    return queries
