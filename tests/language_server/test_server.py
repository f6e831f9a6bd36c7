"""The language server, driven over its protocol as a process."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import pytest
from editing import Editor, Refused

from scgc.language_server.recovery import recover
from scgc.source import Source

GREEK = """program greek
dim K = 3
input x : real[4]
input y : class(K)
## The inverse temperature.
schedule β = min(1, 0.01 * t)
## A category for each example.
𝜃 = linear(x, K)
z ~ Categorical(logits = 𝜃) via gumbel_softmax(tau = 1, scale = β)
loss error = cross_entropy(linear(z, K), y)
train { data = npz("a.npz")  epochs = 3  optimizer = adam(lr = 1e-3) }
variant plain { β = 1  z.via = score }
"""
NET = """dim D = 4
input x : real[D]
net f(x : real[D]) -> real[D] {
  u = linear(x, D)
  return u + x
}
a = f(x)
loss l = sum(a.u) + sum(f(x = x))
"""


SHORTHAND = "scale = 2.0\nz ~ Bernoulli(logits = zeros(3)) via gumbel_softmax(tau = 1, scale)\n"
NUMBER = count()


def started(editor: Editor, text: str, name: str = "") -> str:
    """A file of its own for a test; its URI."""
    return editor.open(name or f"page{next(NUMBER)}.scg", text)


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits, whose columns are UTF-16."""
    lines = text.split("\n")
    for edit in sorted(
        edits, key=lambda e: (-e["range"]["start"]["line"], -e["range"]["start"]["character"])
    ):
        start, end = edit["range"]["start"], edit["range"]["end"]
        line = lines[start["line"]].encode("utf-16-le")
        new = edit["newText"].encode("utf-16-le")
        changed = line[: 2 * start["character"]] + new + line[2 * end["character"] :]
        assert start["line"] == end["line"]
        lines[start["line"]] = changed.decode("utf-16-le")
    return "\n".join(lines)


def test_what_the_server_offers(fresh: Editor) -> None:
    offered = fresh.begin()["capabilities"]
    assert offered["positionEncoding"] == "utf-16"
    for word in ("hover", "definition", "references", "documentFormatting", "documentSymbol", "codeAction"):
        assert offered[f"{word}Provider"]
    assert offered["renameProvider"]["prepareProvider"]
    assert "." in offered["completionProvider"]["triggerCharacters"]
    assert fresh.end() == 0


def test_diagnostics_follow_the_typing(editor: Editor) -> None:
    uri = started(editor, GREEK)
    assert [d["code"] for d in editor.diagnostics(uri)] == []
    editor.change(uri, GREEK.replace("scale = β)", "scale = beta)"))
    (told,) = editor.diagnostics(uri)
    assert told["code"] == "SCG101" and "`beta`" in told["message"] and told["severity"] == 1
    assert told["range"]["start"] == {"line": 8, "character": 65} and told["range"]["end"]["character"] == 69
    editor.change(uri, GREEK)
    assert editor.diagnostics(uri) == []


def test_an_unfinished_text_is_checked_as_far_as_it_goes(editor: Editor) -> None:
    """The open bracket is told, and the wrong name elsewhere; not that `z` and its loss are gone."""
    unfinished = GREEK.replace("via gumbel", "via (gumbel").replace("𝜃 = linear(x", "𝜃 = linear(xx")
    uri = started(editor, unfinished)
    codes = [d["code"] for d in editor.diagnostics(uri)]
    assert "SCG101" in codes and any(c.startswith("SCG0") for c in codes) and len(codes) == 2


@pytest.mark.parametrize(
    "typed", ["sched", "sched one", "w ~ Normal(", "w = linear(x,", "net f(x : real", "for i in "]
)
def test_what_is_typed_takes_nothing_else_with_it(typed: str) -> None:
    """Only the unfinished statement is left out, wherever it stands."""
    lines = ["param v : real[2]", "h = 2 * v", "loss c = sum(h)"]
    for place in range(len(lines) + 1):
        text = "\n".join([*lines[:place], typed, *lines[place:]])
        tree, faults, _ = recover(Source("typed.scg", text))
        assert faults and [d.name for d in tree.declarations] == ["v", "h", "c"]


def test_mistakes_of_variants_are_told_with_their_names(editor: Editor) -> None:
    uri = started(editor, GREEK.replace("z.via = score }", "z.via = nonsense }"))
    (told,) = editor.diagnostics(uri)
    assert "in the variant plain" in told["message"]


def test_hover_shows_types_and_documentation(editor: Editor) -> None:
    uri = started(editor, GREEK)

    def told(line: int, character: int) -> str:
        return str(editor.at("hover", uri, line, character)["contents"]["value"])

    assert "z : onehot(K)" in told(8, 0)
    assert "The inverse temperature." in told(8, 65) and "schedule β = min(1, 0.01 * t)" in told(8, 65)
    assert "A category for each example." in told(8, 26) and "real[K]" in told(8, 26)
    assert "gives `real[K]`" in told(7, 6) and "linear(" in told(7, 6)
    assert "softmax((logits" in told(8, 35) and "biased" in told(8, 35)
    assert "Categorical(logits" in told(8, 5)
    assert "adam(" in told(10, 53) and "npz(" in told(10, 16)
    assert editor.at("hover", uri, 0, 0) is None
    where = editor.at("hover", uri, 8, 26)["range"]
    assert (where["start"]["character"], where["end"]["character"]) == (25, 27)


def test_definitions_and_references(editor: Editor) -> None:
    uri = started(editor, NET)
    place = editor.at("definition", uri, 7, 15)
    assert place["uri"] == uri and place["range"]["start"] == {"line": 3, "character": 2}
    found = editor.at("references", uri, 3, 2, context={"includeDeclaration": True})
    assert sorted((f["range"]["start"]["line"], f["range"]["start"]["character"]) for f in found) == [
        (3, 2), (4, 9), (7, 15),
    ]  # fmt: skip
    assert len(editor.at("references", uri, 3, 2, context={"includeDeclaration": False})) == 2
    assert len(editor.at("documentHighlight", uri, 1, 6)) == 3  # x of the program, not the net's


def test_definitions_across_files(editor: Editor) -> None:
    """The used file's text is the editor's where it is open, and a name is written anew in both."""
    folder = editor.root / "across"
    folder.mkdir()
    (folder / "base.scg").write_text(NET, encoding="utf-8")
    text = 'use "base.scg"\nb = f(x)\nmetric m = sum(b)\n'
    (folder / "top.scg").write_text(text, encoding="utf-8")
    uri = started(editor, text, "across/top.scg")
    base = (folder / "base.scg").as_uri()
    assert editor.at("definition", uri, 1, 4)["uri"] == base
    assert editor.at("definition", uri, 0, 7)["uri"] == base
    changes = editor.at("rename", uri, 1, 4, newName="g")["changes"]
    assert {len(edits) for edits in changes.values()} == {1, 3} and set(changes) == {uri, base}
    other = editor.open("across/base.scg", NET)
    assert set(editor.at("rename", other, 2, 4, newName="g")["changes"]) == {uri, base}
    editor.change(
        other, NET.replace("net f(", "net ff(").replace("f(x)", "ff(x)").replace("f(x = ", "ff(x = ")
    )
    editor.change(uri, text)
    assert [d["code"] for d in editor.diagnostics(uri)] == ["SCG101"]


@pytest.mark.parametrize(
    ("line", "character", "new", "expected"),
    [
        (8, 65, "inverse", GREEK.replace("β", "inverse")),
        (7, 0, "θ", GREEK.replace("𝜃", "θ")),
        (
            8,
            0,
            "zeta",
            GREEK.replace("\nz ~", "\nzeta ~").replace("(z,", "(zeta,").replace("z.via", "zeta.via"),
        ),
        (11, 23, "ζ", GREEK.replace("\nz ~", "\nζ ~").replace("(z,", "(ζ,").replace("z.via", "ζ.via")),
        (1, 4, "classes", GREEK.replace("K", "classes")),
    ],
)
def test_rename(editor: Editor, line: int, character: int, new: str, expected: str) -> None:
    """Everywhere in the file: in variants and their keys too."""
    uri = started(editor, GREEK)
    assert editor.at("prepareRename", uri, line, character)
    changes = editor.at("rename", uri, line, character, newName=new)["changes"]
    assert applied(GREEK, changes[uri]) == expected


@pytest.mark.parametrize(
    ("text", "line", "character", "new", "expected"),
    [
        (NET, 2, 6, "y", NET.replace("f(x : real", "f(y : real").replace("linear(x", "linear(y")
            .replace("u + x", "u + y").replace("f(x = x)", "f(y = x)")),
        (NET, 3, 2, "v", NET.replace("u = ", "v = ").replace("return u", "return v").replace("a.u", "a.v")),
        ("input x : real[2]\nalpha = 1.5\ny = leaky_relu(x, slope = alpha)\n"
         "z ~ Normal(mean = sum(x), std = alpha) via pathwise\nloss l = z\n", 1, 0, "b", None),
        (SHORTHAND, 0, 0, "s", SHORTHAND.replace("scale = 2", "s = 2").replace("scale)", "scale = s)")),
    ],
)  # fmt: skip
def test_rename_knows_scopes(
    editor: Editor, text: str, line: int, character: int, new: str, expected: str | None
) -> None:
    uri = started(editor, text)
    try:
        changes = editor.at("rename", uri, line, character, newName=new)["changes"]
    except Refused:
        assert expected is None
        return
    assert applied(text, changes[uri]) == (expected or text.replace("alpha", "b"))


@pytest.mark.parametrize(
    ("line", "character", "new", "reason"),
    [
        (0, 4, "x", "twice"),
        (3, 2, "x", "twice"),
        (0, 4, "3", "no name"),
        (3, 6, "other", "only names that the program declares"),
        (6, 0, "loss", "would change the program"),
    ],
)
def test_renames_that_would_change_the_program_are_refused(
    editor: Editor, line: int, character: int, new: str, reason: str
) -> None:
    uri = started(editor, NET)
    with pytest.raises(Refused, match=reason):
        editor.at("rename", uri, line, character, newName=new)


def test_rename_wants_a_program_without_errors(editor: Editor) -> None:
    uri = started(editor, NET.replace("sum(a.u)", "sum(a.w)"))
    with pytest.raises(Refused, match="SCG104"):
        editor.at("prepareRename", uri, 0, 4)


COMPLETIONS = [
    ("z ~ Categorical(logits = x) via ", {"score", "gumbel_softmax"}, {"linear", "x"}),
    ("z ~ ", {"Categorical", "Normal"}, {"score"}),
    ("z ~ Categorical(logits = x) prior ", {"uniform", "Categorical"}, {"score"}),
    ("z ~ Categorical(logits = x) via score(", {"samples = ", "baseline = "}, set()),
    (
        "z ~ Categorical(logits = x) via score(baseline = ",
        {"moving_average", "leave_one_out"},
        {"samples = "},
    ),
    ("y = ", {"x", "f", "linear", "a", "D"}, {"u", "score", "adam"}),
    ("y = x |> ", {"f", "relu"}, {"x", "D"}),
    ("y = a.", {"u"}, {"x", "D", "relu"}),
    ("y = f(", {"x = ", "a"}, set()),
    ("input y : ", {"real", "class"}, {"x"}),
    ("input y : real[", {"D"}, {"x", "relu"}),
    ("param C : real[D] init ", {"normal", "zeros"}, {"relu"}),
    ("schedule s = ", {"t", "progress", "cosine", "D"}, {"x", "linear_layer"}),
    ("train { ", {"data", "optimizer", "epochs"}, {"x"}),
    ("train { optimizer = ", {"adam", "sgd"}, {"mnist"}),
    ("train { optimizer = adam(", {"lr = "}, set()),
    ("train { data = ", {"mnist", "npz"}, {"adam"}),
    ("train { ticks = 8 per ", {"epoch", "step"}, set()),
    ("train { select = best(", {"l"}, {"x"}),
    ("evaluate e { report = [", {"used", "matched_accuracy"}, {"adam"}),
    ("variant v { ", {"a", "D", "l", "batch"}, {"relu"}),
    ("variant v { a.", {"via"}, set()),
    ("net g(y : real[D]) -> real[D] { w = y  return ", {"w", "y", "D", "f"}, {"x", "a"}),
    ("# about ", set(), {"x"}),
]


@pytest.mark.parametrize(("written", "there", "absent"), COMPLETIONS)
def test_completion(editor: Editor, written: str, there: set[str], absent: set[str]) -> None:
    text = NET + written
    uri = started(editor, text)
    items = editor.at("completion", uri, text.count("\n"), len(written))
    labels = [item["label"] for item in items]
    assert there <= set(labels) and not absent & set(labels)
    assert len(labels) == len(set(labels))


def test_completion_inside_a_net_that_cannot_be_parsed_yet(editor: Editor) -> None:
    text = NET.replace("return u + x", "return u + ")
    uri = started(editor, text)
    labels = {item["label"] for item in editor.at("completion", uri, 4, 13)}
    assert {"u", "x", "D"} <= labels and "a" not in labels


def test_completion_of_files(editor: Editor) -> None:
    folder = editor.root / "files" / "parts"
    folder.mkdir(parents=True)
    (folder / "base.scg").write_text("dim D = 3\n", encoding="utf-8")
    uri = started(editor, 'use "', "files/top.scg")
    assert [i["label"] for i in editor.at("completion", uri, 0, 5)] == ["parts/base.scg"]


def test_formatting(editor: Editor) -> None:
    uri = started(editor, "dim D=3\ninput x:real[ D ]\n")
    options = {"tabSize": 2, "insertSpaces": True}
    document = {"textDocument": {"uri": uri}, "options": options}
    (edit,) = editor.ask("textDocument/formatting", document)
    assert edit["newText"] == "dim D = 3\ninput x : real[D]\n"
    editor.change(uri, edit["newText"])
    assert editor.ask("textDocument/formatting", document) == []
    editor.change(uri, "dim D = (")
    with pytest.raises(Refused, match="cannot be parsed"):
        editor.ask("textDocument/formatting", document)


def test_symbols(editor: Editor) -> None:
    uri = started(editor, NET)
    found = editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [s["name"] for s in found] == ["D", "x", "f", "a", "l"]
    assert [(s["name"], s["detail"]) for s in found[2]["children"]] == [("u", "real[D]")]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("y = releu(x)", "y = relu(x)"),
        ("y = sum(a.uu)", "y = sum(a.u)"),
        ("y = nothing_like_it", None),
        ("y = linear(x, D, bais = false)", "y = linear(x, D, bias = false)"),
        ("input y : reel[3]", "input y : real[3]"),
        (
            "train { epoch = 3  optimizer = adam(lr = 1e-3) }",
            "train { epochs = 3  optimizer = adam(lr = 1e-3) }",
        ),
        ("z ~ Bernoulli(logits = x) via gumbel_softmx", "z ~ Bernoulli(logits = x) via gumbel_softmax"),
        ("y = x − 1", "y = x - 1"),
    ],
)
def test_code_actions_are_the_diagnostics_suggestions(editor: Editor, wrong: str, right: str | None) -> None:
    uri = started(editor, NET + wrong)
    line = NET.count("\n")
    where = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": len(wrong)}}
    asked = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
    actions = editor.ask("textDocument/codeAction", asked)
    texts = [applied(NET + wrong, a["edit"]["changes"][uri]) for a in actions]
    assert texts == ([] if right is None else [NET + right])


def test_positions_beyond_the_text_are_harmless(editor: Editor) -> None:
    uri = started(editor, GREEK)
    for line, character in ((0, 10_000), (10_000, 0), (7, 1), (12, 0)):
        editor.at("hover", uri, line, character)
        editor.at("completion", uri, line, character)
        editor.at("definition", uri, line, character)


def test_very_fast_edits(editor: Editor) -> None:
    """Every keystroke of a program; only the last counts, and nothing is lost."""
    uri = started(editor, "")
    for end in range(1, len(GREEK)):
        editor.change(uri, GREEK[:end])
        if end % 40 == 0:
            editor.at("completion", uri, GREEK[:end].count("\n"), len(GREEK[:end].rpartition("\n")[2]))
    editor.change(uri, GREEK)
    assert editor.diagnostics(uri) == []
    assert "onehot(K)" in editor.at("hover", uri, 8, 0)["contents"]["value"]
    assert editor.logged == []


@pytest.mark.parametrize("seed", range(3))
def test_garbage_texts(editor: Editor, seed: int) -> None:
    """Pieces of a program in any order, and any characters: every request is answered."""
    draw = random.Random(seed)
    uri = started(editor, GREEK)
    for _ in range(15):
        pieces = [GREEK[a : a + draw.randrange(60)] for a in (draw.randrange(len(GREEK)) for _ in range(8))]
        noise = "".join(draw.choice('\x00\x0b"(){}[]~=|>.#\u2028𝜃β\r\n ') for _ in range(draw.randrange(40)))
        text = "".join(draw.sample([*pieces, noise], 9))
        editor.change(uri, text)
        line = draw.randrange(text.count("\n") + 2)
        for method in ("hover", "completion", "definition", "documentHighlight"):
            editor.at(method, uri, line, draw.randrange(40))
        editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    editor.change(uri, GREEK)
    assert editor.diagnostics(uri) == []
    assert editor.logged == []


def test_garbage_on_the_wire(fresh: Editor) -> None:
    """What is no message is answered with an error or passed over; the session goes on."""
    editor = fresh
    editor.begin()
    uri = started(editor, GREEK)
    editor.write(b"{ this is no JSON")
    editor.send({"method": "textDocument/noSuchThing", "params": {"a": [1, 2]}})
    editor.send({"method": "textDocument/didChange", "params": {"wrong": True}})
    with pytest.raises(Refused):
        editor.ask("no/such/request", {})
    assert "onehot(K)" in editor.at("hover", uri, 8, 0)["contents"]["value"]
    assert editor.end() == 0


def test_a_closed_file_has_no_diagnostics(editor: Editor) -> None:
    uri = started(editor, "y = nothing_here\n")
    assert len(editor.diagnostics(uri)) == 1
    editor.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})
    editor.wait(lambda m: m.get("params", {}).get("diagnostics") == [], "empty diagnostics")


SWEPT = """input x : real[4]
param w : real[4]
loss distance = sum((x - w) ^ 2)
loss other = sum(x)
train { data = npz("a.npz")  batch = 8  epochs = 3  optimizer = adam }
evaluate test { draws = 3 }
variant slow { epochs = 30 }
sweep { variant = [none, slow] }
"""


def test_hover_on_settings(editor: Editor) -> None:
    uri = started(editor, SWEPT)
    assert "examples per step" in editor.at("hover", uri, 4, 31)["contents"]["value"]
    assert "drawn with free nodes" in editor.at("hover", uri, 5, 17)["contents"]["value"]
    assert "gone through" in editor.at("hover", uri, 6, 17)["contents"]["value"]


def test_a_variant_is_renamed_where_it_is_swept(editor: Editor) -> None:
    uri = started(editor, SWEPT.replace("loss other = sum(x)\n", ""))
    edits = editor.at("rename", uri, 5, 10, newName="long")["changes"][uri]
    text = applied(SWEPT.replace("loss other = sum(x)\n", ""), edits)
    assert "variant long { epochs" in text and "variant = [none, long]" in text and "slow" not in text
    assert editor.at("references", uri, 6, 27, context={"includeDeclaration": False})
    with pytest.raises(Refused, match=r"errors|change"):
        editor.at("rename", started(editor, SWEPT.replace("loss other", "variant long {}\nloss other")),
                  7, 10, newName="long")  # fmt: skip


def test_a_warning_may_be_allowed(editor: Editor) -> None:
    uri = started(editor, SWEPT)
    (told,) = editor.diagnostics(uri)
    where = {"textDocument": {"uri": uri}, "range": told["range"], "context": {"diagnostics": [told]}}
    (action,) = editor.ask("textDocument/codeAction", where)
    assert told["code"] in action["title"] and not action["isPreferred"]
    text = applied(SWEPT, action["edit"]["changes"][uri])
    assert f"\n# allow {told['code']}: \nloss other" in text
    editor.change(uri, text.replace(f"{told['code']}: ", f"{told['code']}: to look at"))
    assert editor.diagnostics(uri) == []


@pytest.mark.parametrize(("data", "known"), [("kg_paths", True), ("mnist_addition", False)])
def test_sizes_of_the_data_are_completed(editor: Editor, data: str, known: bool) -> None:
    train = f"train {{ data = {data}  steps = 1  optimizer = adam }}"
    text = f"dim N = data.\nparam w : real[4]\nloss c = sum(w ^ 2)\n{train}\n"
    uri = started(editor, text)
    found = editor.at("completion", uri, 0, 13)
    items = found["items"] if isinstance(found, dict) else found or []
    assert ("entities" in [item["label"] for item in items]) == known
