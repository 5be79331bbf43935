"""A server of InstanceExec over aiohttp, whose side of a session is a script."""

import asyncio
import inspect
import threading
from contextlib import contextmanager

from aiohttp import WSMsgType, web


class ExecServer:
    """What the server has seen.

    Attributes:
        url: Its endpoint.
        paths: Path with query of each request.
        headers: Headers of each request.
        received: The messages of clients, each with its kind of frame.
    """

    def __init__(self, script, options):
        self.url = ""
        self.paths = []
        self.headers = []
        self.received = []
        self._script = script
        self._options = options

    @property
    def server_port(self):
        return int(self.url.rpartition(":")[2])

    async def handle(self, request):
        self.paths.append(request.raw_path)
        self.headers.append(dict(request.headers))
        if not inspect.iscoroutinefunction(self._script):
            return self._script(request)
        socket = web.WebSocketResponse(timeout=30, **self._options)
        await socket.prepare(request)
        await self._script(self, socket)
        return socket

    async def receive(self, socket):
        """Return the bytes of the next message, and record it."""
        message = await socket.receive()
        self.received.append((message.type, message.data))
        return message.data if message.type == WSMsgType.BINARY else b""


async def _serve(server, ready, stop, ssl_context):
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=10)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
    await site.start()
    scheme = "http" if ssl_context is None else "https"
    server.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    ready.set()
    await stop.wait()
    await runner.cleanup()


@contextmanager
def serving_exec(script, ssl_context=None, **options):
    """Run a server.

    Args:
        script: A coroutine of the server and the socket, or a function that returns the response
            to a request, which is refused with it.
        ssl_context: For TLS.
        options: Those of aiohttp's WebSocketResponse.
    """
    server, ready, stop = ExecServer(script, options), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def run():
        loop.run_until_complete(_serve(server, ready, stop, ssl_context))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(30)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def sending(*frames, code=1000, reason=""):
    """Return a script that sends frames and closes."""

    async def script(_server, socket):
        for frame in frames:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        await socket.close(code=code, message=reason.encode())

    return script
