// boxes.js: which modules are open, and what is drawn: tensors of open modules, one box for a closed one, one for a run of equal
// blocks. The graph goes to Graphviz as DOT; src/inspect/dot.c draws by the same rules.

const openModules = new Set(moduleIds.filter((m) => !T.modules[m].closed));
const unrolled = new Set(); // first modules of runs that are drawn one by one
const MANY = 400;           // boxes, from which on the reader is asked first

const isRun = (m) => m > 0 && T.modules[T.modules[m].run].run_length > 1;

// The closed module that a module is drawn in, or -1.
function boxOfModule(m) {
    const chain = [];
    for (; m > 0; m = T.modules[m].parent) {
        chain.unshift(m);
    }
    for (const c of chain) {
        if (isRun(c) && !unrolled.has(T.modules[c].run)) {
            return T.modules[c].run;
        }
        if (!openModules.has(c) && !T.modules[c].frameless) {
            return c;
        }
    }
    return -1;
}

// "n7" or "m3": where a tensor is seen.
function keyOf(id) {
    const box = boxOfModule(nodeOf(id).module);
    return box < 0 ? `n${id}` : `m${box}`;
}

const drawnNodes = () => T.nodes.filter((node) => node.kind !== "repeated");

function membersOf(key) {
    const id = Number(key.slice(1));
    if (key[0] === "n") {
        return [nodeOf(id)];
    }
    const run = isRun(id) && !unrolled.has(T.modules[id].run);
    const heads = run ? moduleIds.filter((m) => T.modules[m].run === id) : [id];
    return drawnNodes().filter((node) => heads.some((m) => inside(node.module, m)));
}

function boxTitle(m) {
    const module = T.modules[m];
    let frame = module.parent;
    while (frame > 0 && T.modules[frame].frameless) {
        frame = T.modules[frame].parent;
    }
    const path = frame > 0 ? module.path.slice(T.modules[frame].path.length + 1) : module.path;
    if (!isRun(m) || unrolled.has(module.run)) {
        return path;
    }
    const last = T.modules.findLast((k) => k.run === m);
    return `${path} \u2026 ${last.path.split(".").at(-1)}  \u00d7${module.run_length}`;
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);

// The lines of text in a box.
function linesOf(key) {
    const id = Number(key.slice(1));
    if (key[0] === "n") {
        const node = nodeOf(id);
        const head = node.kind === "op" ? node.symbol : "";
        const name = shortName(node) || (node.kind === "op" ? "" : "input");
        return [{ bold: head, text: cut(name, 28) }, { text: shapeText(node) }, { small: true, text: sizesText(node) }];
    }
    const members = membersOf(key);
    const count = T.modules[id].run_length > 1 && !unrolled.has(T.modules[id].run) ? T.modules[id].run_length : 1;
    const ops = members.filter((node) => node.kind === "op").length / count;
    const params = members.filter((node) => node.kind === "parameter");
    const length = Math.sqrt(params.reduce((sum, node) => sum + (node.grad?.squares ?? 0), 0));
    return [
        { bold: boxTitle(id), text: "" },
        { text: `${count > 1 ? "each " : ""}${ops} ops, ${params.length / count} parameters` },
        { small: true, text: T.walked ? `gradient ${format(length)}` : "" },
    ];
}

const ruler = document.createElement("canvas").getContext("2d");
const FONT = '"Liberation Sans", Arial, "Noto Sans CJK SC", sans-serif';
function widthOf(line) {
    ruler.font = `${line.small ? 10 : 12}px ${FONT}`;
    const plain = ruler.measureText(line.text).width;
    ruler.font = `bold 12px ${FONT}`;
    return plain + (line.bold ? ruler.measureText(line.bold).width + (line.text ? 5 : 0) : 0);
}

const inches = (points) => (points / 72).toFixed(3);
const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;

function boxDot(key, lines) {
    const kind = key[0] === "m" ? "module" : nodeOf(Number(key.slice(1))).kind;
    const shape = { module: "box3d", parameter: "note", input: "ellipse", op: "box" }[kind];
    const width = Math.max(56, Math.max(...lines.map(widthOf)) * (kind === "input" ? 1.25 : 1) + 22);
    const height = kind === "input" ? 58 : 50;
    return `${key} [id=${key}, shape=${shape}, width=${inches(width)}, height=${inches(height)}]\n`;
}

// All that is to be drawn now: boxes by module, and edges with the uses they stand for.
function scene() {
    const boxes = new Map(), edges = new Map();
    for (const node of drawnNodes()) {
        const key = keyOf(node.id);
        const home = key[0] === "n" ? node.module : T.modules[Number(key.slice(1))].parent;
        boxes.set(key, { key, home, lines: boxes.get(key)?.lines ?? linesOf(key) });
    }
    for (const node of drawnNodes()) {
        for (const x of new Set(node.in)) {
            const [from, to] = [keyOf(x), keyOf(node.id)];
            if (from !== to) {
                const edge = edges.get(`${from}-${to}`) ?? { from, to, uses: [] };
                edge.uses.push([x, node.id]);
                edges.set(`${from}-${to}`, edge);
            }
        }
    }
    return { boxes, edges };
}

function moduleDot(m, homes) {
    const inner = [...(homes.get(m) ?? [])];
    for (const [k, module] of T.modules.entries()) {
        if (k > 0 && module.parent === m && boxOfModule(k) < 0) {
            inner.push(moduleDot(k, homes));
        }
    }
    const body = inner.join("");
    if (m === 0 || T.modules[m].frameless || body === "") {
        return body;
    }
    return `subgraph cluster_${m} { id=c${m}; label=${quoted(boxTitle(m))};\n${body}}\n`;
}

function dotText({ boxes, edges }) {
    const homes = new Map();
    for (const box of boxes.values()) {
        homes.set(box.home, [...(homes.get(box.home) ?? []), boxDot(box.key, box.lines)]);
    }
    const lines = [...edges.values()].map((edge) => {
        const added = edge.uses.map(([x, y]) => nodeOf(y).added.find((a) => a.to === x)?.norm ?? 0);
        const pen = T.watched ? Math.max(0.6, Math.min(4, 2.4 + 0.6 * Math.log10(Math.max(...added) || 1e-9))) : 1;
        return `${edge.from} -> ${edge.to} [id="${edge.from}-${edge.to}", penwidth=${pen.toFixed(2)}]\n`;
    });
    return `digraph gradients {
graph [rankdir=BT, bgcolor=transparent, ranksep=0.32, nodesep=0.22, fontname="Arial", fontsize=12, labelloc=b, labeljust=l]
node [label="", fixedsize=true]
edge [arrowsize=0.6]
${moduleDot(0, homes)}${lines.join("")}}
`;
}
