"""Programs in colour: the words of the language by what they are, for Pygments (`lexer`) and for editors that
read TextMate grammars (`textmate`).

Beside the pipeline. The words come from the grammar and the registries, so that no list is kept by hand.
"""
