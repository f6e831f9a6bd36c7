"""What an editor asks of a program while it is written, over the language server protocol: `scgc lsp`.

    server     the protocol: one call into this package for each request
    documents  the open texts, and when they are read
    reading    a text through the pipeline, also an unfinished one (`recovery`), and what its names belong to
    context    what may stand at a place, from the text in front of it; `entries` says it from the registries
    hover, completion, navigation, renaming, outline, reports, actions        one answer each

Beside the pipeline: it reads all of it up to the graph, and imports no torch. Places here are offsets;
`positions` turns them into the protocol's lines and columns.
"""
