"""The program as a class, put together from its parts."""

from __future__ import annotations

from scgc.emit.below import write_below
from scgc.emit.comments import Comments
from scgc.emit.constructor import Constructor
from scgc.emit.expressions import constant
from scgc.emit.forward import Forward
from scgc.emit.generating import Generate
from scgc.emit.guards import Inputs
from scgc.emit.homes import Homes
from scgc.emit.leads import Leads
from scgc.emit.module import Assign, Class
from scgc.emit.nets import Nets
from scgc.emit.output import Output
from scgc.emit.schedules import Schedules
from scgc.ir.graph import Player, Sample


class Model:
    """Writes the main class."""

    def __init__(self, homes: Homes, comments: Comments, nets: Nets, generating: Leads | None) -> None:
        self.homes = homes
        self.regions = homes.regions
        self.program = homes.regions.program
        self.comments = comments
        self.nets = nets
        self.generating = generating
        self.output = Output(homes.regions, Inputs(homes.regions))
        self.forward = Forward(homes, homes.leads.credit, comments, self.output)

    def class_(self) -> Class:
        """The whole class."""
        forward = self.forward.function()
        self.nets.layers[""] |= self.forward.layers
        schedules = Schedules(self.homes, self.comments)
        advance = schedules.advance()
        constructor = Constructor(self.homes, self.nets, schedules)
        functions = [constructor.init(self.forward.baselines)]
        if self.program.params:
            functions.append(constructor.reset())
        if advance:
            functions.append(advance)
        functions += schedules.properties()
        functions += [*self.nets.methods[""], forward]
        for below in self.homes.below.values():
            functions.append(write_below(self.homes, self.comments, below))
        if self.generating is not None:
            generate = Generate(self.homes, self.generating, self.comments, self.output)
            functions += [generate.function()] if generate.possible() else []
        return Class(
            self.homes.model,
            ("Model",),
            self.program.doc,
            classes=[self.output.class_()],
            constants=self.facts(),
            functions=functions,
        )

    def facts(self) -> list[Assign]:
        """What the class tells of the program; empty ones are the base class's."""
        program = self.program
        drawn = set(self.regions.nodes)
        nodes = {field: value for field, value in self.output.values.items() if value in drawn}
        inputs = {self.forward.locals[i.name]: str(i.type) for i in program.inputs}
        found: list[tuple[str, object]] = [
            ("program", program.name),
            ("inputs", inputs),
            ("sizes", {self.forward.sizes[s.name]: str(s.most) for s in program.sizes}),
            ("fields", dict(self.output.fields)),
            ("losses", tuple(c.name for c in program.losses)),
            ("metrics", tuple(c.name for c in program.metrics)),
            ("schedules", tuple(self.homes.attribute("", "schedule", s.name) for s in program.schedules)),
            ("players", tuple(self.trained(p) for p in self.output.players)),
            ("nodes", tuple(nodes)),
            ("generated", tuple(f for f, v in nodes.items() if self.is_generated(v))),
        ]
        return [
            Assign((key,), constant(value), annotation=self._annotation(value))
            for key, value in found
            if value
        ]

    def trained(self, player: Player) -> tuple[str, ...]:
        """The attributes whose parameters a player trains."""
        layers = tuple(f":{layer}" for layer in player.layers)
        kinds = {"param": player.params, "net": player.nets, "layer": layers}
        own = {(kind, name) for kind, names in kinds.items() for name in names}
        own |= {("estimator of ", self.estimator(node)) for node in player.nodes}
        return tuple(
            a for (owner, kind, name), a in self.homes.given.items() if not owner and (kind, name) in own
        )

    def estimator(self, node: str) -> str:
        """The name under which the estimator of a node of the body is kept."""
        sample = self.regions.top.by_name[node]
        assert isinstance(sample, Sample)
        return f"{node}_{sample.estimator.name}"

    def is_generated(self, node_name: str) -> bool:
        """Whether a stochastic node stands in the program's body and has a prior or an observed value."""
        node = self.regions.top.by_name.get(node_name.rpartition(".")[2])
        return isinstance(node, Sample) and (node.prior is not None or node.observe is not None)

    @staticmethod
    def _annotation(value: object) -> str:
        return ": ClassVar[dict[str, str]]" if isinstance(value, dict) else ""
