"""Hooks of mkdocs: the documents are written for GitHub, and here made into pages of a site.

The README is the first page. Files outside of `docs/` that pages link to are shown as pages of their own, in
colour. Formulas become MathML when the site is built, so that a reader needs no script for them.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

ROOT_FILES = {"scg": "scg", "py": "python", "lark": "text", "md": "text", "js": "js", "toml": "toml"}
"""Files outside of docs that are shown, by their endings, with the language they are coloured as."""

_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
_FENCE = re.compile(r"^```(?P<language>\w+)(?P<words>(?: [\w-]+)+)$", re.MULTILINE)
_CELL = re.compile(r"`[^`\n]*`")
_FORMULA = re.compile(
    r'<span class="arithmatex">\\\((?P<inline>.*?)\\\)</span>'
    r'|<div class="arithmatex">\\\[(?P<block>.*?)\\\]</div>',
    re.DOTALL,
)


def on_files(files: Files, config: Any) -> Files:
    """The README, and what pages link to outside of docs."""
    root = Path(config.config_file_path).parent
    files.append(File.generated(config, "index.md", content=(root / "README.md").read_text("utf-8")))
    texts = {f.src_uri: f.content_string for f in files.documentation_pages()}
    outside = {
        target
        for page, text in texts.items()
        for link in _LINK.finditer(text)
        if not (target := _from_root(page, link["target"])).startswith("docs/") and target != "README.md"
    }
    for target in sorted(outside):
        if (root / target).is_file():
            text = _shown(target, (root / target).read_text("utf-8"))
            files.append(File.generated(config, f"source/{target}.md", content=text))
    return files


def _from_root(page: str, target: str) -> str:
    """What a link leads to, from the top of the checkout; the first page stands there."""
    return normpath(target if page == "index.md" else f"docs/{page}/../{target}")


def _shown(path: str, text: str) -> str:
    language = ROOT_FILES.get(path.rpartition(".")[2], "text")
    return (
        f"---\ntitle: {path}\nsearch:\n  exclude: true\n---\n\n# `{path}`\n\n````{language}\n{text}\n````\n"
    )


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links as the site has them, and what Python-Markdown reads otherwise than GitHub."""
    here = page.file.src_uri
    if here.startswith("source/"):
        return markdown
    text = _LINK.sub(lambda link: _linked(here, link), markdown)
    text = _FENCE.sub(_classed, text)
    lines = [_row(line) if line.startswith("|") else line for line in text.split("\n")]
    return "\n".join(lines)


def _classed(fence: re.Match[str]) -> str:
    """ "```scg wrong" as a block of the language with a class for each word."""
    return f"``` {{ {' '.join(f'.{word}' for word in (fence['language'], *fence['words'].split()))} }}"


def _linked(page: str, link: re.Match[str]) -> str:
    target, anchor = _from_root(page, link["target"]), link["anchor"] or ""
    if target == "README.md":
        uri = "index.md"
    elif target.startswith("docs/"):
        uri = target.removeprefix("docs/")
    else:
        uri = f"source/{target}.md"
    return relpath(uri, relpath(f"{page}/..")) + anchor


def _row(line: str) -> str:
    """GitHub wants `\\|` in the code of a cell, Python-Markdown the bar alone."""
    return _CELL.sub(lambda code: code[0].replace("\\|", "|"), line)


def on_page_content(content: str, page: Any, config: Any, files: Files) -> str:
    """Formulas as MathML."""
    return _FORMULA.sub(_mathml, content)


def _mathml(formula: re.Match[str]) -> str:
    if formula["block"] is not None:
        return convert(html.unescape(formula["block"]).strip(), display="block")
    return convert(html.unescape(formula["inline"]).strip())
