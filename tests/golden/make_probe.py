#!/usr/bin/env python3
"""Writes probe.json: the optimum of multinomial logistic regression, from scikit-learn (Debian: python3-sklearn), in double.

python3 tests/golden/make_probe.py, as make_goldens.py, whose draws it uses: Lcg(7) gives 60 examples of 8 numbers in [-1, 1), then 4
vectors; the one whose product with an example is largest names its class."""
from sklearn.linear_model import LogisticRegression

from make_goldens import Lcg, write

lcg = Lcg(7)
x = lcg.fill(60, 8, scale=2).numpy()
y = (x @ lcg.fill(4, 8, scale=2).numpy().T).argmax(axis=1)
golden = {"examples": {"x": x.ravel().tolist(), "y": y.tolist()}}
for C in 0.01, 0.316, 10:
    fit = LogisticRegression(C=C, solver="newton-cg", max_iter=100000, tol=1e-9).fit(x, y)  # its lbfgs stops 3e-4 short
    assert fit.coef_.shape == (4, 8)
    golden[f"C = {C}"] = {"weight": fit.coef_.ravel().tolist(), "bias": fit.intercept_.tolist()}
write("probe.json", golden)
