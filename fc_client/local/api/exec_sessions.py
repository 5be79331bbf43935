"""Connects a WebSocket with a command beside an instance.

The first byte of a message of the server is its type: 1 for output, 2 for
errors, 3 for an error of the server. A TEXT message of the client starts with
the byte 0 and is input; all of a BINARY message is input. Output goes as TEXT
where it is UTF-8, since some clients read nothing else. The reason of the final
close says how the command has ended.
"""

from __future__ import annotations

import asyncio
import codecs

from aiohttp import WSMsgType, web

from fc_client.local.dispatch.pools import ExecProcess

__all__ = ["run_session"]

_STDIN = "\0"


async def run_session(
    request: web.BaseRequest, process: ExecProcess, request_id: str, idle_seconds: float
) -> web.WebSocketResponse:
    """Run a command until it ends, the client leaves, or nothing is sent for a while.

    Args:
        request: The request for a WebSocket.
        process: The command.
        request_id: ID of the request.
        idle_seconds: How long both sides may be silent.
    """
    socket = web.WebSocketResponse(timeout=1.0)
    socket.headers["X-Fc-Request-Id"] = request_id
    session = _Session(socket, process, idle_seconds)
    try:
        await socket.prepare(request)
        await session.run()
    finally:
        await process.end()
    return socket


class _Session:
    def __init__(
        self, socket: web.WebSocketResponse, process: ExecProcess, idle_seconds: float
    ) -> None:
        self._socket = socket
        self._process = process
        self._idle_seconds = idle_seconds
        self._used = asyncio.get_running_loop().time()
        # A character may be cut in two.
        self._decoders = {number: codecs.getincrementaldecoder("utf-8")() for number in (1, 2)}

    async def run(self) -> None:
        tasks = {
            asyncio.ensure_future(each)
            for each in (self._serve(), self._receive(), self._watch_idle())
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        reasons = [task.result() for task in done]
        await self._socket.close(message=reasons[0].encode())

    async def _serve(self) -> str:
        """Pass on output until the command ends; return how it has ended."""
        status = await self._process.run(self._send)
        return f"exit status {status}" if status >= 0 else f"killed by signal {-status}"

    async def _send(self, number: int, data: bytes) -> None:
        self._touch()
        try:
            text = self._decoders[number].decode(data)
        except UnicodeDecodeError:
            held, _ = self._decoders[number].getstate()
            self._decoders[number].reset()
            await self._socket.send_bytes(bytes([number]) + held + data)
            return
        if text:
            await self._socket.send_str(chr(number) + text)

    async def _receive(self) -> str:
        """Pass on input until the client closes the connection."""
        async for message in self._socket:
            self._touch()
            if message.type == WSMsgType.BINARY:
                await self._process.write(message.data)
            elif message.type == WSMsgType.TEXT and message.data.startswith(_STDIN):
                await self._process.write(message.data[1:].encode())
        return "closed by the client"

    async def _watch_idle(self) -> str:
        loop = asyncio.get_running_loop()
        while (  # noqa: ASYNC110 - traffic moves the end
            rest := self._used + self._idle_seconds - loop.time()
        ) > 0:
            await asyncio.sleep(rest)
        return f"closed after {self._idle_seconds:g} seconds without traffic"

    def _touch(self) -> None:
        self._used = asyncio.get_running_loop().time()
