"""A compiled step's products are oneDNN's where they are not small."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from scgc.runtime.products import SMALL
from scgc.train.multiplying import ByOnednn


def products(x: Tensor, y: Tensor, bias: Tensor, whole: Tensor) -> tuple[Tensor, ...]:
    return x @ y, torch.addmm(bias, x, y), torch.addmm(whole, x, y), x[:2] @ y, x.double() @ y.double()


@pytest.mark.skipif(not torch._C._has_mkldnn, reason="PyTorch is without oneDNN")
def test_graph() -> None:
    given = torch.randn(64, 192), torch.randn(176, 192).t(), torch.randn(176), torch.randn(64, 176)
    assert given[0].numel() * 176 > SMALL > 2 * 192 * 176
    traced = make_fx(products, tracing_mode="fake")(*given)
    ByOnednn()(traced.graph)
    traced.recompile()
    called = [str(node.target) for node in traced.graph.nodes if node.op == "call_function"]
    assert called.count("scgc.product.default") == 2
    assert called.count("aten.mm.default") == 2 and called.count("aten.addmm.default") == 1
    torch.testing.assert_close(traced(*given), products(*given))
