"""The catalogue: several players, 250 to 253 and 330 to 333. Reported by `analysis/minimizing.py`."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class MinimizeNoLoss(Diagnostic):
    """A player that minimises something else than losses of the program."""

    code = "SCG250"
    title = "`{name}` is no loss that a player could minimise"
    label = "no loss"
    help = "the losses are {known}; what is to be minimised is declared as one, `loss NAME = EXPR`.{nearest}"

    name: str
    known: str
    nearest: str = ""


class NothingToTrain(Diagnostic):
    """A name after `over` that stands for nothing with parameters."""

    code = "SCG251"
    title = "`{name}` has no parameters that a player could train"
    label = "nothing to train"
    help = "what `over` names are nets, params, and nodes that are defined with layers outside of loops."

    name: str


class TwoPlayers(Diagnostic):
    """A parameter that two players train: each would undo what the other did.
    The second place is the first of them."""

    code = "SCG330"
    title = "{part} is under two players"
    label = "it is trained by this player"
    help = "name it after one `over` only; a player may minimise several losses: `minimize a + b over ...`."

    part: str


class NoPlayer(Diagnostic):
    """A parameter that no player trains."""

    code = "SCG331"
    title = "{part} is under no player"
    label = "nobody trains it"
    help = (
        "name it, or the node that it stands in, after the `over` of one `minimize`; for a part of a loop"
        " make a net of it, and name that."
    )

    part: str


class LossOfNobody(Diagnostic):
    """A loss that no player minimises."""

    code = "SCG332"
    title = "no player minimises the loss `{name}`"
    label = "minimised by nobody"
    help = "add it to a player, `minimize ... + {name} over ...`, or declare it as a `metric`."

    name: str


class NothingLearned(Diagnostic):
    """Something that a player trains and that none of its losses reaches."""

    code = "SCG333"
    title = "`{name}` learns nothing from {losses}"
    label = "no gradient of this player's losses reaches it"
    help = "name it after the `over` of the player whose losses depend on it."

    name: str
    losses: str
