"""Replacing definitions by name, as a variant's settings and `--set` do.

`beta = 1` replaces a schedule, dim, node, loss or metric; `z.via = score` one clause of a stochastic node
(also inside nets); `lr`-like options are reached as `optimizer.lr = 0.001`, those of a player by what it
trains, `encode.optimizer.lr = 0.001`; what is left is a setting of the train block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from scgc.diagnostics import names as codes
from scgc.diagnostics.base import Sink, nearest
from scgc.source import Source
from scgc.syntax import ast
from scgc.syntax.declared import declared_names
from scgc.syntax.parse import CLAUSES, parse
from scgc.syntax.reading import Unreadable

TRAIN_SETTINGS = {
    "data": "what is trained on: a data set, or your own",
    "batch": "examples per step; 1 without it",
    "epochs": "how often the data is gone through; this or `steps`",
    "steps": "how many steps; this or `epochs`",
    "optimizer": "what moves the parameters, with its options",
    "reduce_lr": "what lowers the learning rate when the training loss stops falling",
    "turns": "how players move: `alternate` (without it) or `together`",
    "ticks": "how often `t` advances, `8 per epoch`; every step without it",
    "evaluate": "how often the validation data is evaluated, `2 per epoch`; always after the last step",
    "select": "which checkpoint is the result: `best(METRIC)`, or the `last` (without it)",
    "checkpoint": "how often a checkpoint is written, `1 per epoch`; always after the last step",
}
"""What each means, for editors."""
PLAYER_SETTINGS = ("optimizer", "times")
"""What of a player can be replaced."""

FIXED = {
    ast.Input: "an input",
    ast.Param: "a param",
    ast.Size: "a size",
    ast.Net: "a net",
    ast.Extern: "a net",
}
"""Declarations that cannot be replaced."""

Declarations = list[ast.Declaration]
Body = tuple[ast.Statement, ...]


def apply(declarations: Declarations, settings: Sequence[ast.Setting], sink: Sink) -> Declarations:
    """The declarations with every setting in place of what it replaces."""
    for setting in settings:
        replaced = _replace(declarations, setting)
        if replaced is None:
            sink.report(_nothing(declarations, setting))
        else:
            declarations = replaced
    return declarations


def _nothing(declarations: Declarations, setting: ast.Setting) -> codes.OverrideOfNothing:
    """Why a setting replaces nothing, and the closest name that can be replaced."""
    key = setting.key
    head, _, rest = key.rpartition(".")
    kinds = {n: FIXED.get(type(d), "") for d in declarations for n in declared_names(d)}
    if kinds.get(key):
        reason = f"{kinds[key]} stays as it is"
    elif rest not in CLAUSES and kinds.get(head) == FIXED[ast.Net]:
        reason = "of a node inside a net only `via`, `prior`, `observe` and `where` can be replaced"
    elif head in TRAIN_SETTINGS:
        reason = f"the program has no `{head}` that takes options"
    else:
        reason = f"the program defines no `{key}`"
    targets = (t for t in _targets(declarations) if _replace(declarations, setting.replace(key=t)))
    return codes.OverrideOfNothing(
        span=setting.span, key=key, reason=reason, nearest=nearest(key, list(targets))
    )


def with_settings(block: ast.Train, settings: Iterable[ast.Setting]) -> ast.Train:
    """A train block with settings replaced or added; `steps` and `epochs` replace each other."""
    kept = {s.key: s for s in block.settings}
    for setting in settings:
        other = {"steps": "epochs", "epochs": "steps"}.get(setting.key)
        if other:
            kept.pop(other, None)
        kept[setting.key] = setting
    return block.replace(settings=tuple(kept.values()))


def replaced_by(block: ast.Train, other: ast.Train) -> ast.Train:
    """A train block with the settings of another; players replace the optimiser, and the other way round."""
    own = {s.key for s in other.settings}
    if other.players:
        kept = tuple(s for s in block.settings if s.key not in ("optimizer", "reduce_lr"))
        block = block.replace(settings=kept, players=other.players)
    elif "optimizer" in own:
        block = block.replace(players=())
    return with_settings(block, other.settings)


def _targets(declarations: Declarations) -> Iterable[str]:
    """What a setting may name."""
    for declaration in declarations:
        match declaration:
            case ast.Draw(name=name):
                yield name
                yield from (f"{name}.{c}" for c in CLAUSES)
            case ast.Dim(name=name) | ast.Schedule(name=name) | ast.Assign(name=name):
                yield name
            case ast.Loss(name=name) | ast.Metric(name=name):
                yield name
            case ast.Net(name=net, body=body):
                yield from (f"{net}.{t}" for t in _targets(list(body)))
            case ast.Train(players=players):
                for name in (n.id for p in players for n in p.over):
                    yield from (f"{name}.{key}" for key in PLAYER_SETTINGS)
            case ast.For(body=body):
                yield from _targets(list(body))
            case ast.If(body=body, orelse=orelse):
                yield from _targets([*body, *orelse])
            case _:
                pass
    yield from TRAIN_SETTINGS


def _replace(declarations: Declarations, setting: ast.Setting) -> Declarations | None:
    """The declarations with one setting applied; None where it names nothing."""
    head, _, clause = setting.key.rpartition(".")
    if clause in CLAUSES and head:
        return _replace_clause(declarations, head.split("."), clause, setting)
    owner, _, setting_of = setting.key.partition(".")
    if setting_of.split(".")[0] in PLAYER_SETTINGS:
        return _in_player(declarations, owner, setting_of, setting)
    if head in TRAIN_SETTINGS:
        return _replace_option(declarations, head, clause, setting)
    for i, declaration in enumerate(declarations):
        new = _redefined(declaration, setting)
        if new is not None:
            return [*declarations[:i], new, *declarations[i + 1 :]]
    if setting.key in TRAIN_SETTINGS:
        return _in_train(declarations, lambda block: with_settings(block, (setting,)), setting)
    return None


def _redefined(declaration: ast.Declaration, setting: ast.Setting) -> ast.Declaration | None:
    """The declaration of the setting's name with its value; None for any other declaration."""
    match declaration:
        case ast.Draw(name=name, doc=doc) if name == setting.key:
            return ast.Assign(name, setting.value, span=setting.span, doc=doc)
        case (
            ast.Dim(name=name)
            | ast.Schedule(name=name)
            | ast.Assign(name=name)
            | ast.Loss(name=name)
            | ast.Metric(name=name)
        ) if name == setting.key:
            return declaration.replace(value=setting.value, span=setting.span)
        case _:
            return None


def _in_train(
    declarations: Declarations, change: Callable[[ast.Train], ast.Train], setting: ast.Setting
) -> Declarations:
    for i, declaration in enumerate(declarations):
        if isinstance(declaration, ast.Train):
            return [*declarations[:i], change(declaration), *declarations[i + 1 :]]
    return [*declarations, change(ast.Train((), span=setting.span))]


def _replace_option(
    declarations: Declarations, key: str, option: str, setting: ast.Setting
) -> Declarations | None:
    """`optimizer.lr = 0.001`: one argument of a call among the train settings."""
    for declaration in declarations:
        for old in declaration.settings if isinstance(declaration, ast.Train) else ():
            call = old.value
            if isinstance(call, ast.Name):
                call = ast.Call(call, (), (), span=call.span)
            if old.key == key and isinstance(call, ast.Call):
                new = old.replace(value=_with_option(call, option, setting))
                return _in_train(declarations, lambda b, new=new: with_settings(b, (new,)), setting)  # type: ignore[misc]
    return None


def _in_player(declarations: Declarations, owner: str, key: str, setting: ast.Setting) -> Declarations | None:
    """`encode.optimizer.lr = 0.001`: a setting of the player that trains `encode`."""
    for declaration in declarations:
        for player in declaration.players if isinstance(declaration, ast.Train) else ():
            if owner not in (n.id for n in player.over):
                continue
            name, _, option = key.partition(".")
            new = setting.value
            if option:
                call = player.optimizer
                call = ast.Call(call, (), (), span=call.span) if isinstance(call, ast.Name) else call
                if not isinstance(call, ast.Call) or name != "optimizer":
                    return None
                new = _with_option(call, option, setting)
            other = player.replace(optimizer=new) if name == "optimizer" else player.replace(times=new)

            def changed(block: ast.Train, old: ast.Minimize = player, new: ast.Minimize = other) -> ast.Train:
                return block.replace(players=tuple(new if p is old else p for p in block.players))

            return _in_train(declarations, changed, setting)
    return None


def _with_option(call: ast.Call, option: str, setting: ast.Setting) -> ast.Call:
    """A call of what a registry declares with an argument in place of the one before, which may stand without
    its name."""
    places = _places(call.function.id) if isinstance(call.function, ast.Name) else ()
    if option in places[: len(call.args)]:
        args = list(call.args)
        args[places.index(option)] = setting.value
        return call.replace(args=tuple(args))
    named = {n.name: n for n in call.named}
    named[option] = ast.Named(option, setting.value, span=setting.span)
    return call.replace(named=tuple(named.values()))


def _places(name: str) -> tuple[str, ...]:
    """The names of the arguments of a data set or optimiser, in order."""
    from scgc.data import data_sets
    from scgc.train.optimizers import optimizers

    declared = data_sets().get(name) or optimizers().get(name)
    return tuple(slot.name for slot in declared.parsed.slots) if declared else ()


def _replace_clause(
    declarations: Declarations, path: list[str], clause: str, setting: ast.Setting
) -> Declarations | None:
    """A clause of the stochastic node at `path`: `z`, `digit.z`, or a `z` that stands in one net only."""
    changed = [(i, n) for i, d in enumerate(declarations) if (n := _with_clause(d, path, clause, setting))]
    if len(changed) != 1:
        return None
    i, new = changed[0]
    return [*declarations[:i], new, *declarations[i + 1 :]]


def _with_clause(
    holder: ast.Declaration, path: list[str], clause: str, setting: ast.Setting
) -> ast.Declaration | None:
    """A node with its clause replaced, or a net, loop or choice with the one node of the path inside."""
    match holder:
        case ast.Draw(name=name) if path == [name]:
            return holder.replace(**{clause: setting.value})
        case ast.Net(name=name, body=body):
            inner = path[1:] if path[0] == name and len(path) > 1 else path
            new = _replace_clause(list(body), inner, clause, setting)
            return None if new is None else holder.replace(body=cast(Body, tuple(new)))
        case ast.For(body=body):
            new = _replace_clause(list(body), path, clause, setting)
            return None if new is None else holder.replace(body=cast(Body, tuple(new)))
        case ast.If(body=body, orelse=orelse):
            whole = _replace_clause([*body, *orelse], path, clause, setting)
            if whole is None:
                return None
            one, other = cast(Body, tuple(whole[: len(body)])), cast(Body, tuple(whole[len(body) :]))
            return holder.replace(body=one, orelse=other)
        case _:
            return None


def parse_settings(overrides: Mapping[str, str], sink: Sink) -> tuple[ast.Setting, ...]:
    """The settings that `--set NAME=VALUE` stand for, each a source of its own."""
    found: list[ast.Setting] = []
    for key, value in overrides.items():
        source = Source(f"--set {key}", f"{key} = {value}")
        try:
            found.append(parse(source, "setting"))
        except Unreadable:
            problem = "the value is no expression of the language"
            sink.report(codes.BadOverride(span=None, text=f"{key}={value}", problem=problem))
    return tuple(found)
