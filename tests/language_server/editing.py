"""A client of the language server's own protocol: the server is a process, and nothing of it is called."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any

PATIENCE = 60.0
"""Seconds to wait for an answer, on a busy machine."""


ENDED: dict[str, Any] = {"ended": True}
"""Stands for the end of what the server says."""


class Refused(Exception):
    """The server answered with an error; the message is the user's to read."""


class Editor:
    """One session: requests by their method, notifications, and the diagnostics that came for each file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scgc", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
        )
        self.answers: Queue[dict[str, Any]] = Queue()
        self.published: list[dict[str, Any]] = []
        self.logged: list[str] = []
        self.number = 0
        self.versions: dict[str, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    # ---- the wire

    def write(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while header := self.process.stdout.readline():
            length = int(header.split(b":")[1])
            while self.process.stdout.readline() not in (b"\r\n", b""):
                pass
            message = json.loads(self.process.stdout.read(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                self.published.append(message["params"])
            elif message.get("method") == "window/logMessage":
                self.logged.append(message["params"]["message"])
            self.answers.put(message)
        self.answers.put(ENDED)

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request. Raises Refused."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        return self.wait(lambda m: m.get("id") == self.number and "method" not in m, method)

    def wait(self, fits: Any, what: str) -> Any:
        while True:
            try:
                message = self.answers.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"no answer: {what}") from None
            assert message is not ENDED, "the server has ended"
            if fits(message):
                if "error" in message:
                    raise Refused(message["error"]["message"])
                return message.get("result", message.get("params"))

    # ---- a session

    def begin(self) -> dict[str, Any]:
        root = self.root.as_uri()
        capabilities = {"textDocument": {"rename": {"prepareSupport": True}}}
        params = {"processId": None, "rootUri": root, "capabilities": capabilities}
        answer: dict[str, Any] = self.ask("initialize", params)
        self.send({"method": "initialized", "params": {}})
        return answer

    def open(self, name: str, text: str) -> str:
        """Open a file of this text, which need not be on disk; its URI."""
        uri = (self.root / name).as_uri()
        self.versions[uri] = 1
        document = {"uri": uri, "languageId": "scg", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def change(self, uri: str, text: str) -> None:
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        change = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.send({"method": "textDocument/didChange", "params": change})

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """Those of the latest version of a file."""
        version = self.versions[uri]

        def fits(message: dict[str, Any]) -> bool:
            params = message.get("params", {})
            named = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            return named and params.get("version") == version

        found: list[dict[str, Any]] = self.wait(fits, f"diagnostics of {uri}")["diagnostics"]
        return found

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        where = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return self.ask(f"textDocument/{method}", {**where, **more})

    def end(self) -> int:
        self.ask("shutdown", {})
        self.send({"method": "exit"})
        return self.process.wait(PATIENCE)
