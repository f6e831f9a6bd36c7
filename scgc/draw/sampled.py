"""The graphs that a program has drawn for an example, such as a parse tree or a cell, for `draw_graph`.

A graph is a stochastic node, or what a generator puts together, of type `onehot(n)[n]` (every place points at
one) or `bool[n, n]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scgc.ir.graph import Apply, Program, Propagate, walk
from scgc.ir.types import TensorType

if TYPE_CHECKING:
    import networkx as nx
    from torch import Tensor


@dataclass(frozen=True)
class Drawn:
    """What a program has drawn for several examples.

    values: by name, `[examples, ...]`; truths and labels of the data among them. types: of one example.
    lengths: of each example, by the name of its `size`. categories: words for the classes of a value.
    """

    program: Program
    values: Mapping[str, Tensor]
    types: Mapping[str, TensorType]
    lengths: Mapping[str, Tensor]
    categories: Mapping[str, tuple[str, ...]]

    def graphs(self) -> list[str]:
        """The names of the values that are graphs."""
        inputs = {i.name for i in self.program.inputs}
        return [name for name in self.values if name not in inputs and self._square(name)]

    def graph(self, name: str, example: int) -> nx.DiGraph:
        """A graph of one example, nodes labelled with their categories; without edges from where the program
        sends no messages, and without nodes that no edge touches."""
        from networkx import isolates

        graph = self._edges(name, example)
        for place in self._silent(name, example):
            graph.remove_edges_from(list(graph.out_edges(place)))
        graph.remove_nodes_from(list(isolates(graph)))
        for place, word in enumerate(self._words(name, example)):
            if place in graph:
                graph.nodes[place]["label"] = word
        return graph

    def truth(self, name: str, example: int) -> nx.DiGraph | None:
        """The same graph as the data has it, where an input of the program holds it."""
        like = (self.types[name].kind, self._places(name))
        for other in self.program.inputs:
            square = other.name in self.values and self._square(other.name)
            kind = "onehot" if other.type.kind == "class" else other.type.kind
            if square and (kind, self._places(other.name)) == like:
                return self.graph(other.name, example)
        return None

    def _places(self, name: str) -> object:
        return self.types[name].shape[0]

    def _square(self, name: str) -> bool:
        type_ = self.types[name]
        match type_.kind, type_.shape:
            case "onehot" | "class", (places,):
                return type_.size == places
            case "bool" | "bit", (tails, heads):
                return tails == heads
            case _:
                return False

    def _edges(self, name: str, example: int) -> nx.DiGraph:
        """All places of an example in order, and their edges."""
        from networkx import DiGraph

        value, type_ = self.values[name][example], self.types[name]
        length = self.lengths.get(str(type_.shape[0]))
        count = len(value) if length is None else int(length[example])
        graph = DiGraph()
        graph.add_nodes_from(range(count))
        if type_.kind in ("bool", "bit"):
            graph.add_edges_from((value[:count, :count] > 0).nonzero().tolist())
        else:
            heads = value[:count].argmax(-1) if type_.kind == "onehot" else value[:count]
            graph.add_edges_from(enumerate(heads.tolist()))
        return graph

    def _silent(self, name: str, example: int) -> list[int]:
        """The places that send no messages along the graph, or along what the data has in its stead."""
        if self.types[name].kind == "class":
            name = next(n for n in self.graphs() if self._places(n) == self._places(name))
        sending = [s.where for s in walk(self.program.body) if isinstance(s, Propagate) and s.along == name]
        masks = [self.values[m] for where in sending if where is not None for m in self._named(where)]
        rows = [mask if mask.dim() == 1 else mask[example] for mask in masks]
        return [place for row in rows for place, sends in enumerate(row.tolist()) if not sends]

    def _named(self, mask: str) -> list[str]:
        """The masks with names of their own that a mask consists of."""
        if mask in self.values:
            return [mask]
        for statement in walk(self.program.body):
            if isinstance(statement, Apply) and statement.result == mask:
                inputs = statement.inputs.values() if statement.function == "logical_and" else ()
                return [m for value in inputs if isinstance(value, str) for m in self._named(value)]
        return []

    def _words(self, name: str, example: int) -> list[str]:
        """What stands at each place: the first value with a category for each."""
        for other, type_ in self.types.items():
            if type_.kind == "class" and type_.shape == (self._places(name),) and not self._square(other):
                words = self._categories(type_, other)
                classes = self.values[other][example].tolist()
                return [words[c] if words else str(c) for c in classes]
        return []

    def _categories(self, type_: TensorType, name: str) -> tuple[str, ...]:
        """Words for the classes of a value: its own, or those of an input with classes of the same name."""
        if name in self.categories:
            return self.categories[name]
        same = (self.categories[i.name] for i in self.program.inputs if self._alike(i.type, type_, i.name))
        return next(same, ())

    def _alike(self, one: TensorType, other: TensorType, name: str) -> bool:
        return name in self.categories and one.kind == other.kind and one.size == other.size
