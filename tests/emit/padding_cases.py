"""Programs over axes whose length differs between examples, by theme: what `y` is, after `INPUTS`.

`test_padding.py` runs them; every operator and distribution of the registries must occur in one, be refused
in one of `REFUSED`, or say in `EXEMPT` why not.
"""

# ruff: noqa: E501  (programs of one line each)
from __future__ import annotations

INPUTS = """size n <= 9
input x, pos, unit : real[n, 3]
input mask : bool[n, 3]
input c : class(5)[n]
input own : class(n)[n]
input k : int[n]
input kind : class(3)[n]
input v : real[n]
input M : real[n, n]
input A : bool[n, n]
param w : real[3]
param W : real[3, 2]
param S : real[3, 3]
param P : real[9, 3]
param Q : real[2, 9]
net f(a : real[3]) -> real[2] { return relu(linear(a, 2)) }
net g(a, b : real[3]) -> real[] { return sum(a * b) + sum(linear(a, 2)) }
net drawn(a : real[3]) -> real[2] {
  z ~ Categorical(logits = linear(a, 2)) prior uniform
  return 2 * z
}
net pooled(a : real[n, 3]) -> real[2] { return mean(linear(a, 2), axis = 0) }
net message(dst, src : real[3]) -> real[2] { return tanh(linear(concat(dst, src), 2)) }
net normed(a : real[3]) -> real[3] { return batchnorm(a) }
"""

REDUCED = (
    *("{f}(x)", "{f}(x, axis = 0)", "{f}(x, axis = 1)", "{f}(v)", "{f}(M)", "{f}(M, axis = 0)"),
    *("{f}(M, axis = 1)", "{f}(x, where = mask)", "{f}(x, axis = 0, where = v > 0)", "{f}(M, where = A)"),
    *("{f}(M, axis = 1, where = A)", "{f}(M, axis = 0, where = v > 0)", "{f}(x', axis = 1)"),
)
LOGICAL = ("{f}(mask)", "{f}(mask, axis = 0)", "{f}(A)", "{f}(A, axis = 0)", "{f}(A, where = M > 0)")
ALONG = ("{f}(x)", "{f}(x, axis = 0)", "{f}(v)", "{f}(M)", "{f}(M, axis = 0)", "{f}(x')")
EACH = ("{f}(0.1 * abs(w) * pos)", "sum({f}(0.1 * abs(w) * pos))")


def of_all(functions: str, patterns: tuple[str, ...]) -> list[str]:
    return [pattern.replace("{f}", f) for f in functions.split() for pattern in patterns]


CASES: dict[str, list[str]] = {
    "reductions": of_all("sum mean prod max min var std norm logsumexp log_mean_exp", REDUCED)
    + of_all("any all", LOGICAL),
    "along": of_all("softmax log_softmax normalize argmax cumsum", ALONG),
    "elementwise": of_all(
        "exp log log1p expm1 sqrt rsqrt square reciprocal abs sin cos erf sign floor ceil round relu gelu"
        " silu sigmoid log_sigmoid tanh softplus leaky_relu elu",
        EACH,
    ),
    "arithmetic": [
        *(
            "x + pos",
            "x - pos",
            "sum(x * w / pos)",
            "pos ^ w",
            "sum(pos ^ w)",
            "k + k",
            "k - 1",
            "k * k",
            "-k",
        ),
        *("-x", "x / n", "sum(x) / n", "clamp(x, min = 0)", "min(x, pos)", "max(x, pos)", "v @ v", "v @ x"),
        *(
            "x' @ v",
            "x' @ x",
            "M @ x",
            "M' @ M",
            "M @ v",
            "v @ M",
            "x @ W",
            "x @ x'",
            "sum(M @ M)",
            "x' @ M @ x",
        ),
    ],
    "comparisons": [
        *(
            "x == pos",
            "k != k",
            "k < 2",
            "x < pos",
            "k <= 2",
            "x <= pos",
            "k > 1",
            "x > pos",
            "k >= 3",
            "x >= pos",
        ),
        *(
            "mask and x > 0",
            "mask or x > 0",
            "not mask",
            "where(mask, x, pos)",
            "where(mask, x, 0)",
            "any(own == 0)",
        ),
        *("mean(own == c)", "mean(v > 0)"),
        *("active(k, 7)", "sum(where(active(k, 7), 1, 0))", "corner(onehot(c, 5))"),
    ],
    "shapes": [
        *("reshape(x, n, 3, 1)", "flatten(x, start = 1)", "unsqueeze(x, axis = 0)", "unsqueeze(x, axis = 1)"),
        *("squeeze(unsqueeze(v, axis = 0))", "permute(x, 1, 0)", "sum(permute(x, 1, 0), axis = 1)", "x'"),
        *("expand(v, 2, n)", "sum(expand(unsqueeze(sum(x), axis = 0), n))", "flip(x, axis = 1)"),
        *("softmax(reshape(x, n, 3, 1), axis = 0)", "sum(unsqueeze(v, axis = 1) * unsqueeze(v, axis = 0))"),
    ],
    "joining": [
        *("concat(x, pos, axis = 1)", "concat(ones(2, 3), x)", "sum(concat(ones(2, 3), x))", "stack(x, pos)"),
        *("stack(x, pos, axis = 1)", "stack(x, pos, axis = 2)", "sum(stack(v, v), axis = 1)"),
        *("softmax(concat(zeros(1), v))", "mean(concat(zeros(1), v))", "concat(zeros(1), v)[-1]"),
        *("concat(zeros(1), v)[:-1]", "concat(zeros(1), v)[n]", "concat(zeros(1), v)[1]"),
    ],
    "subscripts": [
        *("x[0]", "x[-1]", "x[n - 1]", "x[:-1]", "x[1:]", "x[2:]", "sum(x[1:])", "sum(x[:-1])", "x[:, 0]"),
        *(
            "x[:, 1:]",
            "x[0, 1]",
            "x[-1, 0]",
            "M[0]",
            "M[:, 0]",
            "M[-1]",
            "M[:, -1]",
            "M[-1, -1]",
            "M[1:, :-1]",
        ),
        *(
            "sum(M[1:, :-1])",
            "sum(x[:-2])",
            "mean(v[1:])",
            "v[1:] - v[:-1]",
            "sum((v[1:] - v[:-1]) ^ 2)",
            "v[own]",
        ),
        *(
            "x[own]",
            "x[own[0]]",
            "c[-1]",
            "own[1:]",
            "mean(c[:-1] == c[1:])",
            "cumsum(v)[-1]",
            "softmax(v[1:])",
        ),
        *(
            "sum((v[1:])[1:])",
            "max(x[1:], axis = 0)",
            "argmax(v[:-2])",
            "z ~ Categorical(logits = v[1:])\ny = 1 * z",
            "lstm(x[1:], 4)",
            "mean(gru(x[2:], 4))",
            "sum(x[1:][:-1])",
            "sum(v[1:-1])",
            "x[:1]",
            "put(x, 0, zeros(3))",
            "x[argmax(M)]",
        ),
        *("put(x, 0, v, axis = 1)", "P[n - 1] + x[0]", "P[:n] + x", "Q[:, n - 1] + sum(v)", "sum(P[:n] * x)"),
        *("Q[:, :n] @ x", "P[arange(n)] + x", "sum(onehot(own), axis = 0)", "onehot(c)", "onehot(own) @ x"),
        *("onehot(own)' @ x", "onehot(argmax(v))", "onehot(k, 7)", "v[argmax(v)]"),
    ],
    "making": [
        *("sum(ones(n)) * v[0]", "eye(n) + M", "sum(eye(n)) * v[0]", "arange(n) + k", "sum(arange(n) * v)"),
        *(
            "arange(1, n) + k[1:]",
            "mean(arange(n) + v)",
            "n + k[0]",
            "v * n",
            "arange(n) == own",
            "zeros(n) + v",
        ),
        *("sum(where(arange(n) < 2, v, 0))", "where(arange(n) < n - 1, v, 0)", "sum(x) * linspace(0, 1, 5)"),
    ],
    "layers": [
        *("linear(x, 4)", "embedding(c, 4)", "layernorm(x)", "lstm(x, 4)", "gru(x, 4)", "lstm(x, 4)[-1]"),
        *(
            "gru(x, 4)[-1]",
            "gru_cell(x, x)",
            "dropout(x)",
            "mean(lstm(x, 4), axis = 0)",
            "lstm(lstm(x, 4), 2)[-1]",
        ),
        *("conv(reshape(x, n, 1, 3, 1), 2, kernel = 1)", "deconv(reshape(x, n, 1, 3, 1), 2, kernel = 2)"),
        *("maxpool(reshape(x, n, 1, 3, 1), 1)", "avgpool(reshape(x, n, 1, 3, 1), 1)"),
    ],
    "losses": [
        *("cross_entropy(x, argmax(pos))", "mean(cross_entropy(x, argmax(pos)))", "cross_entropy(v, own[0])"),
        *("cross_entropy(M, own)", "mean(cross_entropy(M, own))", "sum(nll_loss(log_softmax(M), own))"),
        *(
            "bernoulli_nll(x, unit)",
            "bernoulli_nll(x, mask)",
            "bernoulli_nll(M, A, where = A)",
            "mse_loss(x, pos)",
        ),
        *("l1_loss(x, pos)", "mse_loss(x, pos, where = mask)", "mse_loss(v, 0)", "cosine_similarity(x, pos)"),
        *("cosine_similarity(v, v * v)", "mean(cosine_similarity(x, pos))", "cosine_similarity(M, M')"),
        *("filtered_rank(x, argmax(pos), mask)", "rank_quantile(x, argmax(pos), mask)"),
        *(
            "mean(argmax(M) == own)",
            "all(argmax(M) == own)",
            "mse_loss(M, A)",
            "cross_entropy(x', argmax(x'))",
        ),
    ],
    "asked of distributions": [
        "log_prob(Normal(mean = x, std = pos), x * x, where = mask)",
        *("log_prob(Categorical(logits = M), own)", "log_prob(Categorical(logits = v), own[0])"),
        *("log_prob(Categorical(probs = pos'), argmax(x'))", "log_prob(Bernoulli(logits = M), A, where = A)"),
        *("entropy(Categorical(logits = v))", "entropy(Categorical(logits = M))"),
        *("entropy(Bernoulli(logits = M), where = A)", "entropy(Dirichlet(exp(w) * pos))"),
        "kl(Normal(mean = x, std = pos), Normal(mean = 0, std = 1))",
        "kl(Categorical(logits = v), Categorical(logits = 2 * v))",
        *("mean(Arborescence(M))", "entropy(Arborescence(M))", "kl(Arborescence(M), Arborescence(2 * M))"),
        *("mean(SpanningTree(M))", "entropy(SpanningTree(M))", "kl(SpanningTree(M), SpanningTree(2 * M))"),
        *("mean(TopK(v, k = 1))", "entropy(TopK(v, k = 1))", "mode(TopK(M, k = 1))"),
        *(
            "mean(Categorical(logits = M))",
            "mode(Categorical(logits = M))",
            "mean(Normal(mean = x, std = 1))",
        ),
        *("sum(mean(Categorical(logits = v)) * v)", "stop(x)", "sum(v) + sum(dropres(x, drop = 0.5))"),
    ],
    "nets": [
        *(
            "f(x)",
            "sum(f(x), axis = 0)",
            "g(x, pos)",
            "mean(g(x, x[0]))",
            "drawn(x)",
            "sum(drawn(x))",
            "pooled(x)",
        ),
        *("pooled(x * 2) + pooled(pos)", "f(x[1:])", "sum(f(x[1:]))", "u = drawn(x)\ny = sum(u.z)"),
        "u = drawn(x)\ny = kl(u.z)",
    ],
    "messages": [
        "propagate(message, dst = x, src = pos, along = A)",
        "propagate(message, dst = x, src = pos, along = M)",
        "propagate(message, dst = x, src = pos, along = onehot(own))",
        "sum(propagate(message, dst = x, src = pos, along = softmax(M)))",
        "propagate(message, dst = x[1:], src = x, along = M[:, 1:])",
        "propagate(message, dst = x, src = x[1:], along = M[1:])",
        "propagate(message, dst = x, src = x[1:], along = A[1:])",
        "propagate(message, dst = x, src = x[1:], along = onehot(own[1:]))",
        "propagate(message, dst = x, src = ones(2, 3), along = M[:1] |> expand(2, n))",
        "propagate(message, dst = x, src = pos, along = A, where = v > 0)",
        "t ~ Categorical(logits = M)\ny = propagate(message, dst = x, src = pos, along = t)",
        "t ~ Bernoulli(logits = M)\ny = propagate(message, dst = x, src = pos, along = t)",
        "t ~ Categorical(logits = M) observe own\ny = propagate(message, dst = x, src = pos, along = t)",
    ],
    "clauses": [
        "z ~ Categorical(logits = w * x) observe argmax(pos)\ny = nll(z)",
        "z ~ Categorical(logits = M) observe own\ny = nll(z)",
        "z ~ Categorical(logits = w * x) prior uniform\ny = kl(z)",
        "z ~ Categorical(logits = M) prior uniform\ny = kl(z)",
        "z ~ Categorical(logits = v) prior uniform\ny = kl(z)",
        "z ~ Categorical(logits = v)\ny = z @ x",
        "z ~ TopK(v, k = 1)\ny = z @ x",
        "t ~ SpanningTree(M)\ny = propagate(message, dst = x, src = pos, along = t)",
        "t ~ Arborescence(M)\ny = propagate(message, dst = x, src = pos, along = t, where = arange(n) > 0)",
        "t ~ Arborescence(M) observe own\ny = nll(t)",
        "t ~ Categorical(logits = M)\ny = x[t]",
        "b ~ Bernoulli(logits = v)\ny = where(b, v, 0)",
        "z ~ Categorical(logits = w * x) where v > 0 observe argmax(pos)\ny = nll(z)",
        "z ~ Bernoulli(logits = M) prior uniform\ny = kl(z)",
        "z ~ Bernoulli(logits = x) where mask observe x > 0\ny = nll(z)",
        "z ~ Normal(mean = x, std = pos) prior Normal(mean = 0, std = 1)\ny = kl(z)",
    ],
    "loops": [
        "h = w\nfor e in x { h <- tanh(h @ S) + e }\ny = 1 * h",
        "h = w\nfor r in range(n) { h <- tanh(h @ S) + x[r] }\ny = 1 * h",
        "h = x[0]\nfor e in x[1:] { h <- tanh(h @ S) + e }\ny = 1 * h",
        "h = x[0]\nfor e in x[:-1] { h <- tanh(h @ S) + e }\ny = 1 * h",
        "h = x[0]\nfor r in range(1, n) { h <- tanh(h @ S) + x[r] }\ny = 1 * h",
        "h = x[0]\nfor r in range(n - 1) { h <- tanh(h @ S) + x[r + 1] }\ny = 1 * h",
        "h = w\nfor r in range(n) { h <- tanh(h @ S) + x[n - 1 - r] }\ny = 1 * h",
        "h = w\nfor e in x {\n  h <- tanh(h @ S) + e\n  o = h * w\n}\ny = sum(o, axis = 0)",
        "h = w\nfor e in x {\n  h <- tanh(h @ S) + e\n  o = h * w\n}\ny = o[-1]",
        "h = w\nfor e in x {\n  h <- tanh(h @ S) + e\n  o = h * w\n}\ny = softmax(o, axis = 0)",
        "h = w\nt = 0\nfor e in x {\n  h <- tanh(h @ S) + e\n  t <- t + sum(h)\n}\ny = 1 * t",
        "h = w\nfor e in x {\n  h <- tanh(h @ S) + e\n  halt when sum(h) > 1\n}\ny = 1 * h",
        "h = w\nfor e in x { for d in x { h <- tanh(h @ S) + e * d } }\ny = 1 * h",
        "h = w\nfor r in range(n) { for q in range(r + 1) { h <- tanh(h @ S) + x[q] } }\ny = 1 * h",
        "h = x\nfor r in range(3) { h <- tanh(h @ S) + mean(h, axis = 0) }\ny = 1 * h",
        "h = x\nfor r in range(3) {\n  h <- tanh(h @ S) + softmax(M) @ h\n  halt when sum(h) > 3\n}\ny = 1 * h",
        "s = 0\nfor r in range(n) { if r == 0 { s <- s + v[r] } else { s <- s * v[r] + v[r - 1] } }\ny = 1 * s",
        "m = x\nfor r in range(n) { m <- put(m, r, tanh(x[r] @ S) + sum(m, axis = 0)) }\ny = 1 * m",
        "p = 0\nq = 1\nfor e in v {\n  t = p\n  p <- q + e\n  q <- t * e\n}\ny = p + 2 * q",
        "net lo(a : real[n, 3]) -> real[3] {\n  h = w\n  for e in a { h <- tanh(h @ S) + e }\n  return h\n}\ny = lo(x)",
        "h = w\nfor e in kind {\n  z ~ Categorical(logits = h @ S) observe e\n  h <- tanh(z @ S)\n}\ny = nll(z)",
        "h = w\nt = 0\nfor r in range(n) {\n  z ~ Categorical(logits = h @ S) observe kind[r]\n"
        "  h <- tanh(z @ S)\n  t <- t + nll(z)\n}\ny = 1 * t",
        "h = w\nfor e in mask {\n  z ~ Bernoulli(logits = h @ S) where arange(3) < 2 observe e\n"
        "  h <- tanh(z @ S)\n}\ny = nll(z)",
        "h = w\nfor e in x {\n  z ~ Normal(mean = h, std = 1) prior Normal(mean = 0, std = 1)\n"
        "  h <- tanh(z @ S) + e\n}\ny = kl(z)",
    ],
}

FAMILIES = {
    "Bernoulli": ("logits = w * x", "logits = v", "probs = sigmoid(w) * unit"),
    "Beta": ("pos * exp(w), pos",),
    "Binomial": ("k, logits = w[0] * v",),
    "Categorical": ("logits = w * x", "logits = M", "logits = v", "probs = exp(w) * pos", "probs = pos'"),
    "Dirichlet": ("exp(w) * pos",),
    "Exponential": ("pos * exp(w)",),
    "Gamma": ("pos * exp(w), pos",),
    "Geometric": ("unit * sigmoid(w)",),
    "Gumbel": ("x, pos * exp(w)",),
    "Laplace": ("x, pos * exp(w)",),
    "LogNormal": ("x, pos * exp(w)",),
    "Normal": ("x, pos * exp(w)", "x, logvar = w * x"),
    "Poisson": ("pos * exp(w)",),
    "Uniform": ("x, x + pos * exp(w)",),
}
OBSERVED = {
    **dict.fromkeys(("Gamma", "LogNormal", "Exponential"), "pos"),
    **dict.fromkeys(("Normal", "Gumbel", "Laplace"), "x"),
    "Beta": "unit",
    "Bernoulli": "mask",
}
NO_ENTROPY = ("Poisson",)


def of_families() -> list[str]:
    found: list[str] = []
    for family, ways in FAMILIES.items():
        for number, way in enumerate(ways):
            found += [f"y ~ {family}({way})", f"q = {family}({way})\nz ~ q\ny = log_prob(q, z)"]
            found += [] if family in NO_ENTROPY else [f"entropy({family}({way}))"]
            if family in OBSERVED and number == 0:
                found.append(f"z ~ {family}({way}) observe {OBSERVED[family]}\ny = nll(z)")
    return found


CASES["distributions"] = of_families()

REFUSED = {
    "SCG240": [
        *("reshape(x, 3 * n)", "reshape(v, 1, n)", "flatten(x)", "flip(x)", "concat(x, pos)", "concat(c, c)"),
        *(
            "concat(x, ones(2, 3))",
            "put(x, -1, zeros(3))",
            "put(x, 1, zeros(3))",
            "linear(v, 4)",
            "linear(x', 2)",
        ),
        *(
            "layernorm(v)",
            "gru_cell(v, v)",
            "lstm(x', 2)",
        ),
        *("maxpool(unsqueeze(x), 1)", "permute_batch(x)", "normed(x)", "sum(ones(2 * n))", "Dirichlet(pos')"),
        *("filtered_rank(M, own, A)", "rank_quantile(M, own, A)", "diagonal(M)"),
        *("batch_mean(x)", "batch_cov(v)", "total_correlation(Normal(mean = v, std = 1), v)"),
    ],
    "SCG241": [
        *("x[n - 1:]", "x[-1:]", "put(x, n - 1, zeros(3))", "linspace(0, 1, n) * v", "linear(x, n)"),
        *(
            "embedding(own, 4)",
            "z = 1\nif n > 3 { z <- 2 }\ny = z * v",
        ),
    ],
    "SCG212": [
        *("x[1]", "x[-2]", "x[:3]", "(v[1:])[0]", "v[1:][-1]", "P[n]"),
        *("s = 0\nfor r in range(2) { s <- s + v[r] }\ny = 1 * s", "sum(v[:3])"),
    ],
}

EXEMPT = {
    **dict.fromkeys(("cosine", "linear"), "of schedules"),
    "number": "what a dimension is written as",
}
