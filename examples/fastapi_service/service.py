"""A FastAPI service that invokes functions: uvicorn --factory service:create_app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from fc_client import APIError, AsyncClient, FCError, FunctionError, RequestTimeoutError, Timeout

TIMEOUT = Timeout(connect=2, read=10, total=15)


class Text(BaseModel):
    """A text to be counted."""

    text: str


class ReportOrder(BaseModel):
    """Who wants a report."""

    recipient: str


def client_of(request: Request) -> AsyncClient:
    """Return the client that all requests share."""
    client: AsyncClient = request.app.state.client
    return client


Functions = Annotated[AsyncClient, Depends(client_of)]


async def statistics(text: Text, functions: Functions) -> Any:
    """Return what the function finds in the text."""
    result = await functions.invoke_function("texts", "statistics", json=text.model_dump())
    return result.json()


async def order_report(order: ReportOrder, functions: Functions) -> dict[str, str | None]:
    """Accept a report, which the function writes later."""
    result = await functions.invoke_function(
        "texts", "report", json=order.model_dump(), invocation_type="Async"
    )
    return {"id": result.request_id}


async def answer_error(_: Request, error: FCError) -> JSONResponse:
    """Answer a call that failed."""
    if isinstance(error, FunctionError) and error.error_type == "ValueError":
        return JSONResponse({"detail": error.error_message}, 422)
    status = status_of(error)
    headers = {"Retry-After": "1"} if status == 503 else None
    return JSONResponse({"detail": str(error)}, status, headers)


def status_of(error: FCError) -> int:
    """Return the HTTP status for an error of Function Compute."""
    if isinstance(error, RequestTimeoutError):
        return 504
    if isinstance(error, FunctionError):
        return 504 if error.reason == "timeout" else 502
    if isinstance(error, APIError) and error.status_code in {429, 503}:
        return 503
    return 502


def create_app(timeout: Timeout = TIMEOUT) -> FastAPI:
    """Return the service.

    Args:
        timeout: How long a call of a function may take.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncClient(timeout=timeout) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)
    app.post("/statistics")(statistics)
    app.post("/reports", status_code=202)(order_report)
    app.exception_handler(FCError)(answer_error)
    return app
