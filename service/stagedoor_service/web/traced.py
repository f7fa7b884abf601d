"""A span for each call that is answered, by its route."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stagedoor_service.application.tracing import is_wanted, span


class Traced:
    """ASGI middleware; the last but the measuring one, so that refusals have spans too."""

    def __init__(self, app: ASGIApp) -> None:
        """Trace `app`."""
        self._app = app
        self._is_wanted = is_wanted()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        if scope["type"] != "http" or not self._is_wanted:
            await self._app(scope, receive, send)
            return
        told = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"traceparent", b"tracestate")
        }
        method = scope["method"]
        asked = {"http.request.method": method}
        with span(method, asked, carrier=told, serves=True) as made:

            async def watched(message: Message) -> None:
                if made is not None and message["type"] == "http.response.start":
                    made.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                # The route, never the path: what people type must not become attributes.
                route = getattr(scope.get("route"), "path", None)
                if made is not None and route is not None:
                    made.set_attribute("http.route", route)
                    made.update_name(f"{method} {route}")
