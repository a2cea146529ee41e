// why.js: why a gradient is zero, not a number, or large, worked out from the trace. Each reason is {text, bad, nodes}: a
// sentence, whether something is wrong, and the tensors it speaks of.

// From a tensor with NaN or infinity down to where it came from: the last one whose inputs have none.
function originOfValue(id) {
    const from = nodeOf(id).in.find((x) => nodeOf(x).value.bad > 0);
    return from === undefined ? id : originOfValue(from);
}

// The op whose backward was given a finite gradient and made one that is not.
function originOfGrad() {
    const at = T.order.find((y) => nodeOf(y).grad.bad === 0 && nodeOf(y).in.some((x) => nodeOf(x).grad?.bad > 0));
    return at ?? -1;
}

const causes = {
    log: (x) => `the smallest number it was given is ${format(x.min)}; ln is defined above 0 only, and its slope 1/x grows without bound towards 0`,
    sqrt: (x) => `the smallest number it was given is ${format(x.min)}; the slope of a root is infinite at 0`,
    exp: (x) => `the largest number it was given is ${format(x.max)}; above 88 its exponential is too large for a float`,
    div: () => "a divisor may be 0",
    l2norm: () => "a row may be 0 throughout, which has no direction",
    norm: () => "a row may be 0 throughout, which has no direction",
};

function whyNonfinite(node) {
    if (node.value.bad > 0) {
        const from = originOfValue(node.id);
        const at = nodeOf(from);
        const reasons = [{
            text: from === node.id ? "NaN or infinity appears here first: its inputs have none" : "its value has NaN or infinity, which came from",
            bad: true, nodes: from === node.id ? [] : [from],
        }];
        if (at.in.length > 0 && causes[at.op]) {
            reasons.push({ text: `${at.op}: ${causes[at.op](nodeOf(at.in[0]).value)}`, bad: true, nodes: [at.in[0]] });
        }
        return reasons;
    }
    const from = originOfGrad();
    if (from < 0) {
        return [{ text: "the gradient that the backward pass began with is not finite", bad: true, nodes: [] }];
    }
    const cause = causes[nodeOf(from).op]?.(nodeOf(nodeOf(from).in[0]).value);
    return [{ text: `its gradient has NaN or infinity, first made by the backward of a tensor whose own gradient is finite${cause ? `; ${cause}` : ""}`, bad: true, nodes: [from] }];
}

// Why one consumer passes nothing on to x.
function whyNothing(x, y) {
    const op = nodeOf(y);
    if (op.grad === null) {
        return { text: "no way leads from this consumer to the loss", nodes: [y] };
    }
    if (op.grad.squares === 0) {
        return { text: "what takes it has a gradient of zero itself; follow it", nodes: [y] };
    }
    if (op.op === "relu" && op.value.zeros === op.value.n) {
        return { text: "a dead ReLU: all that it was given is at most 0, and there its slope is 0", nodes: [y] };
    }
    if (op.op === "mul") {
        const factor = op.in.find((k) => k !== x);
        if (factor !== undefined && nodeOf(factor).value.squares === 0) {
            return { text: "it is multiplied by zero", nodes: [factor] };
        }
    }
    if (op.op === "clamp") {
        return { text: "all of it lies outside of what clamp lets through", nodes: [y] };
    }
    return { text: `the backward of ${op.op} passes nothing on to it`, nodes: [y] };
}

function whyZero(node) {
    const consumers = T.consumers[node.id];
    if (consumers.length === 0) {
        return [{ text: "nothing takes it, so no gradient can come back: it leads nowhere", nodes: [] }];
    }
    const added = contributionsTo(node.id).filter((a) => a.norm > 0);
    if (added.length > 1) {
        return [{ text: "what its consumers add cancels out", nodes: added.map((a) => a.from) }];
    }
    return consumers.map((y) => whyNothing(node.id, y));
}

// Zeros of part of a tensor, and ops at a place where they are flat.
function whyPartly(node) {
    const reasons = [];
    const part = node.grad.zeros / node.grad.n;
    for (const y of T.consumers[node.id]) {
        const op = nodeOf(y);
        if (op.op === "relu" && op.value.zeros > op.value.n / 2) {
            reasons.push({ text: `ReLU holds back ${percent(op.value.zeros / op.value.n)} of it, where it is at most 0`, nodes: [y] });
        } else if (["gather_rows", "embedding", "slice"].includes(op.op) && part > 0.5) {
            reasons.push({ text: `${op.op} takes only a part of it: ${percent(part)} of its gradient is 0`, nodes: [y] });
        } else if (op.op === "softmax" && op.value.max > 0.999) {
            reasons.push({ text: `softmax is saturated: its largest probability is ${format(op.value.max)}, so it hardly moves with what it is given`, nodes: [y] });
        }
    }
    return reasons;
}

// How much a gradient grew or shrank on its way through each consumer.
function whyThisSize(node) {
    return contributionsTo(node.id).flatMap((a) => {
        const gain = a.norm / norm(nodeOf(a.from).grad);
        if (!(gain > 10 || gain < 0.1) || a.norm === 0) {
            return [];
        }
        const op = nodeOf(a.from);
        const factor = op.op === "mul" ? op.in.find((x) => x !== node.id) : undefined;
        const because = factor === undefined ? "" : `, the size of the other factor being ${format(rms(nodeOf(factor).value))}`;
        const way = gain > 1 ? `grew ${format(gain)} times` : `shrank to ${percent(gain)}`;
        return [{ text: `the gradient ${way} on its way back through ${op.op}${because}`, nodes: factor === undefined ? [a.from] : [a.from, factor] }];
    });
}

function reasonsFor(id) {
    const node = nodeOf(id);
    if (isBad(node)) {
        return whyNonfinite(node);
    }
    if (!node.needs_grad) {
        return [{ text: "a constant: nothing that is learned leads to it, so it needs no gradient", nodes: [] }];
    }
    if (!T.walked) {
        return [{ text: "there are no gradients: the backward pass has not run", nodes: [] }];
    }
    return isDead(node) ? whyZero(node) : [...whyPartly(node), ...whyThisSize(node)];
}
