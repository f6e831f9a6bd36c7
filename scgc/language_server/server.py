"""The protocol: requests in, answers of this package out. Started by `scgc lsp` over stdio."""

from __future__ import annotations

from typing import Any

from lsprotocol import types as lsp

from scgc.diagnostics.base import ProgramError
from scgc.language_server import actions, completion, navigation, outline, renaming
from scgc.language_server.context import context
from scgc.language_server.documents import NotDone, Server
from scgc.language_server.hover import hover
from scgc.language_server.positions import Positions
from scgc.language_server.reading import Reading
from scgc.language_server.reports import location, report
from scgc.source import Source, Span


def server() -> Server:
    """A server with every request that it can meet."""
    made = Server()
    for method, answer in ANSWERS.items():
        made.feature(method)(_bound(made, answer))
    made.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[".", '"', "~"]))(
        _bound(made, _completion)
    )
    made.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))(_bound(made, _rename))
    return made


def _bound(made: Server, answer: Any) -> Any:
    return lambda params: answer(made, params)


def _changed(s: Server, params: Any) -> None:
    s.changed(params.text_document.uri)


def _closed(s: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    known = s.documents.pop(params.text_document.uri, None)
    if known is not None and known.waiting is not None:
        known.waiting.cancel()
    s.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))


def _hover(s: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    document, offset = s.place(params)
    found = hover(document.reading, offset)
    if found is None:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, found[1]), s.range(found[0]))


def _completion(s: Server, params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    document, offset = s.place(params)
    source, reading = document.reading.source, document.reading
    if not reading.whole:
        tried = Reading(Source(source.path, completion.probe(source.text, offset)), s.read)
        reading = tried if tried.whole else reading
    return completion.complete(reading, document.whole, context(source.text, offset), offset)


def _definition(s: Server, params: lsp.DefinitionParams) -> lsp.Location | None:
    document, offset = s.place(params)
    found = navigation.definition(document.reading, offset)
    return location(found, s.encoding) if found else None


def _references(s: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
    document, offset = s.place(params)
    found = document.reading.at(offset)
    if found is None:
        return []
    spans = navigation.places(document.reading, found[1].home, s.root)
    declared = document.reading.declared.get(found[1].home)
    kept = [p for p in spans if params.context.include_declaration or declared is None or p != declared.at]
    return [location(span, s.encoding) for span in kept]


def _highlights(s: Server, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
    document, offset = s.place(params)
    found = document.reading.at(offset)
    spans = document.reading.places(found[1].home) if found else []
    return [lsp.DocumentHighlight(s.range(p)) for p in spans if p.source.path == document.reading.source.path]


def _prepare_rename(s: Server, params: lsp.PrepareRenameParams) -> lsp.Range:
    document, offset = s.place(params)
    try:
        return s.range(renaming.renamed_at(document.reading, offset)[0])
    except renaming.Refusal as refusal:
        raise NotDone(str(refusal)) from None


def _rename(s: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
    document, offset = s.place(params)
    try:
        edits = renaming.rename(document.reading, offset, params.new_name, s.root)
    except renaming.Refusal as refusal:
        raise NotDone(str(refusal)) from None
    changes: dict[str, list[lsp.TextEdit]] = {}
    for span, text in edits:
        own = span.source.path == document.reading.source.path
        uri = params.text_document.uri if own else location(span, s.encoding).uri
        changes.setdefault(uri, []).append(lsp.TextEdit(s.range(span), text))
    return lsp.WorkspaceEdit(changes=changes)


def _formatting(s: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    from scgc.syntax.format import format_source

    source = s.document(params.text_document.uri).reading.source
    try:
        text = format_source(source)
    except ProgramError as error:
        raise NotDone(f"the program cannot be parsed ({error.diagnostics[0].code})") from None
    return [] if text == source.text else [lsp.TextEdit(s.range(Span(source, 0, len(source.text))), text)]


def _symbols(s: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    reading = s.document(params.text_document.uri).reading
    return outline.outline(reading, Positions(reading.source.text, s.encoding))


def _actions(s: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    document = s.document(params.text_document.uri)
    positions = Positions(document.reading.source.text, s.encoding)
    start, end = positions.offset(params.range.start), positions.offset(params.range.end)
    found = []
    for variant, diagnostic in document.reading.diagnostics:
        span = diagnostic.span
        here = span and span.source.path == document.reading.source.path
        if span is None or not here or span.end < start or end < span.start:
            continue
        told = [report(document.reading, (variant, diagnostic), s.encoding)]
        for action in actions.actions(diagnostic, span):
            instead = lsp.TextEdit(s.range(action.span), action.text)
            edit = lsp.WorkspaceEdit(changes={params.text_document.uri: [instead]})
            kind = lsp.CodeActionKind.QuickFix
            found.append(lsp.CodeAction(action.title, kind, told, is_preferred=action.cures, edit=edit))
    return found


ANSWERS: dict[str, Any] = {
    lsp.TEXT_DOCUMENT_DID_OPEN: _changed,
    lsp.TEXT_DOCUMENT_DID_CHANGE: _changed,
    lsp.TEXT_DOCUMENT_DID_SAVE: _changed,
    lsp.TEXT_DOCUMENT_DID_CLOSE: _closed,
    lsp.TEXT_DOCUMENT_HOVER: _hover,
    lsp.TEXT_DOCUMENT_DEFINITION: _definition,
    lsp.TEXT_DOCUMENT_REFERENCES: _references,
    lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: _highlights,
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: _prepare_rename,
    lsp.TEXT_DOCUMENT_FORMATTING: _formatting,
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: _symbols,
    lsp.TEXT_DOCUMENT_CODE_ACTION: _actions,
}
