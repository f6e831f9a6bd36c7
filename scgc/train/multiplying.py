"""Products of matrices in a step that PyTorch's compiler makes, by oneDNN as in `scgc.runtime.products`."""

from __future__ import annotations

from typing import Any

import torch
from torch._inductor.custom_graph_pass import CustomGraphPass, get_hash_for_files
from torch.fx import Graph, Node

from scgc.runtime.products import SMALL, by_onednn

# a call of oneDNN, which the compiler leaves as it is
torch.library.define("scgc::product", "(Tensor x, Tensor y, Tensor? bias) -> Tensor")
torch.library.impl("scgc::product", "cpu", by_onednn)
torch.library.register_fake("scgc::product", lambda x, y, bias: x.new_empty(x.shape[0], y.shape[1]))


class ByOnednn(CustomGraphPass):
    """Gives oneDNN the products that MKL would have, in a graph that holds its gradients too."""

    def __call__(self, graph: Graph) -> None:
        for node in list(graph.nodes):
            if (parts := _parts(node)) is not None:
                with graph.inserting_before(node):
                    product = graph.call_function(torch.ops.scgc.product.default, parts)
                product.meta.update(node.meta)
                node.replace_all_uses_with(product)
                graph.erase_node(node)

    def uuid(self) -> bytes:
        """For what the compiler keeps on disk."""
        return get_hash_for_files((__file__,))


def _parts(node: Node) -> tuple[Any, ...] | None:
    """The factors and the bias, if any, of a product that is not small."""
    bias: Any = None
    factors: Any = node.args
    if node.target is torch.ops.aten.addmm.default and not node.kwargs:
        bias, *factors = node.args
    elif node.target is not torch.ops.aten.mm.default:
        return None
    x, y = (factor.meta["val"] for factor in factors)
    large = x.dtype is torch.float32 and x.numel() * y.shape[1] > SMALL
    rows = bias is None or bias.meta["val"].dim() == 1
    return (*factors, bias) if large and rows else None
