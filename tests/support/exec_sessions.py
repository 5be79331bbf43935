"""Sessions of commands in instances, of both clients, to be used in one way."""

import asyncio
from contextlib import contextmanager

from fc_client import AsyncClient, Client

OPTIONS = {
    "access_key_id": "i",
    "access_key_secret": "made-up-secret",
    "security_token": "made-up-token",
}


class AwaitedSession:
    """A session of AsyncClient, called as one of Client."""

    def __init__(self, loop, session):
        self._loop = loop
        self._session = session

    def send(self, data):
        self._loop.run_until_complete(self._session.send(data))

    def close(self):
        self._loop.run_until_complete(self._session.close())

    def wait(self):
        return self._loop.run_until_complete(self._session.wait())

    def __iter__(self):
        return iter(self._loop.run_until_complete(self._all()))

    async def _all(self):
        return [output async for output in self._session]

    @property
    def exit_code(self):
        return self._session.exit_code


@contextmanager
def client_session(url, arguments, options, of_client):
    with (
        Client(url, **OPTIONS, **of_client) as client,
        client.exec(*arguments, **options) as session,
    ):
        yield session


@contextmanager
def async_client_session(url, arguments, options, of_client):
    loop = asyncio.new_event_loop()

    async def opened(client):
        session = client.exec(*arguments, **options)
        return await session.__aenter__()

    try:
        client = AsyncClient(url, **OPTIONS, **of_client)
        session = loop.run_until_complete(opened(client))
        try:
            yield AwaitedSession(loop, session)
        finally:
            loop.run_until_complete(session.close())
            loop.run_until_complete(client.close())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


SESSIONS = {"Client": client_session, "AsyncClient": async_client_session}
