"""The open texts of an editor, and when they are read.

A text is read some time after its latest change, in a thread of its own, so that typing is never held up;
what was read is kept until the text changes again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

import scgc
from scgc.language_server.positions import Positions
from scgc.language_server.reading import Reading
from scgc.language_server.reports import report
from scgc.source import Source, Span
from scgc.syntax.errors import read_source

PAUSE = 0.15
"""Seconds without a change after which a text is read."""


class NotDone(JsonRpcException):
    """A request that cannot be met; the message is the user's to read."""

    CODE = -32803  # RequestFailed of the protocol
    MESSAGE = "the request failed"


@dataclass
class Document:
    """One open text. `reading` is of `version`; `whole` the latest of a text without syntax errors."""

    reading: Reading
    version: int | None
    whole: Reading
    waiting: asyncio.Task[None] | None = None


class Server(LanguageServer):
    """The open documents, by their URIs."""

    def __init__(self) -> None:
        super().__init__("scgc", scgc.__version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.documents: dict[str, Document] = {}

    @property
    def encoding(self) -> str:
        return str(self.workspace.position_encoding or "utf-16")

    @property
    def root(self) -> Path | None:
        return Path(self.workspace.root_path).resolve() if self.workspace.root_path else None

    def document(self, uri: str) -> Document:
        """The document as its text is now."""
        text = self.workspace.get_text_document(uri)
        known = self.documents.get(uri)
        if known is not None and known.version == text.version and known.reading.source.text == text.source:
            return known
        reading = Reading(Source(to_fs_path(uri) or uri, text.source), self.read)
        whole = reading if reading.whole or known is None else known.whole
        fresh = Document(reading, text.version, whole, known.waiting if known else None)
        self.documents[uri] = fresh
        return fresh

    def read(self, path: Path) -> Source:
        """The text of a file as the editor has it. Raises ProgramError."""
        open_ = self.workspace.text_documents.get(path.resolve().as_uri())
        return Source(str(path), open_.source) if open_ is not None else read_source(path)

    def place(self, params: Any) -> tuple[Document, int]:
        """The document and the offset of a request."""
        document = self.document(params.text_document.uri)
        return document, Positions(document.reading.source.text, self.encoding).offset(params.position)

    def range(self, span: Span) -> lsp.Range:
        return Positions(span.source.text, self.encoding).range(span.start, span.end)

    def changed(self, uri: str) -> None:
        """Read a text soon, unless it changes again."""
        known = self.documents.get(uri)
        if known is not None and known.waiting is not None:
            known.waiting.cancel()
        task = asyncio.get_running_loop().create_task(self._read(uri))
        if known is not None:
            known.waiting = task
        else:
            empty = Reading(Source(uri, ""))
            self.documents[uri] = Document(empty, None, empty, task)

    async def _read(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        document = self.document(uri)
        try:
            found = await asyncio.to_thread(lambda: document.reading.diagnostics)
        except Exception as error:  # a bug of ours must not end the session
            text = f"scgc: internal error ({type(error).__name__}: {error}); please send the program"
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, text))
            return
        if self.documents.get(uri) is document:
            told = [report(document.reading, one, self.encoding) for one in found]
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(uri, told, version=document.version)
            )
