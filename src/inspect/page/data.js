// data.js: the trace that was spliced into the page, made easy to ask.

const byId = (id) => document.getElementById(id);

// An element: tag, attributes (on…: a listener), children; text is never read as HTML.
function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (key.startsWith("on")) {
            element.addEventListener(key.slice(2), value);
        } else if (value !== false && value !== undefined) {
            element.setAttribute(key, value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

// JSON has no NaN and no infinity; the trace writes them as words.
const words = { NaN: NaN, inf: Infinity, "-inf": -Infinity };
const revive = (key, value) => (typeof value === "string" && key !== "name" && key !== "title" && value in words ? words[value] : value);

function prepare(trace) {
    const ops = trace.nodes.filter((node) => node.kind === "op").map((node) => node.id);
    const t = { ...trace, ops, consumers: trace.nodes.map(() => []), place: new Map(trace.order.map((id, k) => [id, k])) };
    for (const node of t.nodes) {
        for (const x of new Set(node.in)) {
            t.consumers[x].push(node.id);
        }
    }
    return t;
}

function parseTrace(text) {
    const trace = JSON.parse(text, revive);
    if (trace.format !== "multimodal.c trace" || trace.version !== 1) {
        throw new Error("this is no trace of a graph, or one of another version");
    }
    return prepare(trace);
}

const T = parseTrace(byId("trace-data").textContent);
T.sources = byId("sources").textContent.trim() ? JSON.parse(byId("sources").textContent) : null;
let other = byId("other-data").textContent.trim() ? parseTrace(byId("other-data").textContent) : null;

const moduleIds = T.modules.map((_, m) => m);
const nodeOf = (id) => T.nodes[id];
const rms = (stat) => Math.sqrt(stat.squares / (stat.n - stat.bad));
const norm = (stat) => Math.sqrt(stat.squares);
const isBad = (node) => node.value.bad > 0 || (node.grad !== null && node.grad.bad > 0);
const isDead = (node) => T.walked && node.needs_grad && (node.grad === null || (node.grad.squares === 0 && node.grad.bad === 0));
// One number as it is, of more their root mean square.
const shown = (stat) => (stat.n === 1 && stat.data ? stat.data[0] : rms(stat));

function inside(module, outer) {
    while (module > outer) {
        module = T.modules[module].parent;
    }
    return module === outer;
}

// The name without what its module says already: "mlp.fc.weight" in "text.block.mlp" is "fc.weight".
function shortName(node) {
    const path = T.modules[node.module].path.split(".");
    const said = path.map((_, i) => `${path.slice(i).join(".")}.`).find((end) => node.name.startsWith(end));
    return said ? node.name.slice(said.length) : node.name;
}

function titleOf(id) {
    const node = nodeOf(id);
    const what = node.kind === "op" ? node.symbol : node.kind;
    return node.name ? `${node.kind === "op" ? `${what} ` : ""}${shortName(node)}` : what;
}

const shapeText = (node) => `(${node.shape.join(",")})`;

// What each consumer added to the gradient of a tensor, in the order of the backward pass.
function contributionsTo(id) {
    return T.consumers[id]
        .flatMap((y) => nodeOf(y).added.filter((a) => a.to === id).map((a) => ({ ...a, from: y })))
        .sort((a, b) => T.place.get(a.from) - T.place.get(b.from));
}

// The same structure: the same ops on the same inputs, tensor by tensor. The id of the first that differs, or -1.
function firstOther(a, b) {
    for (let i = 0; i < Math.min(a.nodes.length, b.nodes.length); i++) {
        const [x, y] = [a.nodes[i], b.nodes[i]];
        if (x.kind !== y.kind || x.op !== y.op || `${x.shape}` !== `${y.shape}` || `${x.in}` !== `${y.in}`) {
            return i;
        }
    }
    return a.nodes.length === b.nodes.length ? -1 : Math.min(a.nodes.length, b.nodes.length);
}

// How far two tensors lie apart, as compare.c has it: |a - b| / the larger of |a| and |b|; of large ones by their statistics.
function statApart(a, b) {
    if (a === null || b === null) {
        return a === b ? 0 : Infinity;
    }
    if (a.bad !== b.bad) {
        return Infinity;
    }
    if (a.data && b.data && a.bad === 0) {
        const d = a.data.reduce((sum, x, i) => sum + (x - b.data[i]) ** 2, 0);
        return d === 0 ? 0 : Math.sqrt(d / Math.max(a.squares, b.squares));
    }
    const size = Math.max(rms(a), rms(b));
    const far = [[a.mean, b.mean], [rms(a), rms(b)], [a.min, b.min], [a.max, b.max]].map(([x, y]) => Math.abs(x - y) || 0);
    return Math.max(...far) === 0 ? 0 : Math.max(...far) / size;
}

const apart = (id) => Math.max(statApart(nodeOf(id).value, other.nodes[id].value), statApart(nodeOf(id).grad, other.nodes[id].grad));
const comparable = () => other !== null && firstOther(T, other) < 0;
