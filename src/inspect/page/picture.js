// picture.js: lays the graph out, writes into its boxes, colours them.

let viz = null;
let current = { boxes: new Map(), edges: new Map(), dot: "" };
let zoom = 1;
let mode = "grad";

const graph = byId("graph");
const SVG = "http://www.w3.org/2000/svg";
const element = (key) => graph.querySelector(`[data-key="${key}"]`);

// ---- colours ----

const measures = {
    grad: { title: "root mean square of the gradient", of: (nodes) => meanSquare(nodes, (node) => node.grad) },
    value: { title: "root mean square of the value", of: (nodes) => meanSquare(nodes, (node) => node.value) },
    ratio: { title: "gradient / value", of: (nodes) => meanSquare(nodes, (node) => node.grad) / meanSquare(nodes, (node) => node.value) },
    memory: { title: "bytes kept for the backward pass", of: (nodes) => sum(nodes, (node) => (node.kind === "op" ? node.value.n * T.bytes + node.saved : 0)) },
    time: { title: "seconds, forward and backward", of: (nodes) => sum(nodes, (node) => (node.forward ?? 0) + (node.backward ?? 0)) },
    apart: { title: "difference to the other trace, relative", of: (nodes) => Math.max(...nodes.map((node) => apart(node.id))) },
};

const sum = (list, f) => list.reduce((total, x) => total + f(x), 0);

function meanSquare(nodes, stat) {
    const ops = nodes.length > 1 ? nodes.filter((node) => node.kind === "op") : nodes;
    const stats = ops.map(stat).filter((s) => s !== null);
    return Math.sqrt(sum(stats, (s) => s.squares) / sum(stats, (s) => s.n - s.bad));
}

// Whole decades around all that is drawn, of very many the largest.
function decades(values) {
    const logs = values.filter((x) => x > 0 && Number.isFinite(x)).map(Math.log10);
    if (logs.length === 0) {
        return [-1, 0];
    }
    const high = Math.ceil(Math.max(...logs));
    return [Math.max(Math.min(Math.floor(Math.min(...logs)), high - 1), high - 8), high];
}

function shade(x, [low, high]) {
    const part = x === Infinity ? 1 : Math.max(0, Math.min(1, (Math.log10(x) - low) / (high - low))) || 0;
    const style = getComputedStyle(document.documentElement);
    const [pale, full] = ["--pale", "--full"].map((name) => style.getPropertyValue(name).trim().split(" ").map(Number));
    return `rgb(${pale.map((c, i) => Math.round(c + part * (full[i] - c))).join(" ")})`;
}

function colour() {
    const sizes = new Map([...current.boxes.keys()].map((key) => [key, measures[mode].of(membersOf(key))]));
    const scale = decades([...sizes.values()]);
    for (const [key, size] of sizes) {
        const group = element(key);
        const shape = group?.querySelector(".shape");
        if (shape) {
            const plain = mode === "grad" && (group.classList.contains("dead") || group.classList.contains("constant"));
            shape.style.fill = plain || !(size > 0) ? "" : shade(size, scale);
        }
    }
    drawLegend(scale);
}

function drawLegend(scale) {
    const steps = Array.from({ length: scale[1] - scale[0] + 1 }, (_, i) => scale[0] + i);
    byId("legend").replaceChildren(measures[mode].title, ":",
        ...steps.flatMap((e) => [h("span", { class: "swatch", style: `background:${shade(10 ** e, scale)}` }), `1e${e}`]),
        h("span", { class: "swatch", style: "border:2px solid var(--gold)" }), "parameter",
        h("span", { class: "swatch", style: "background:var(--constant)" }), "constant",
        h("span", { class: "swatch", style: "border:1px dashed var(--soft)" }), "no gradient",
        h("span", { class: "swatch", style: "background:var(--bad-soft);border:2px solid var(--bad)" }), "NaN, inf");
}

// ---- boxes ----

function svgText(x, y, line) {
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", x);
    text.setAttribute("y", y);
    text.setAttribute("text-anchor", "middle");
    text.setAttribute("font-size", line.small ? 10 : 12);
    text.classList.toggle("small", Boolean(line.small));
    if (line.bold) {
        const bold = document.createElementNS(SVG, "tspan");
        bold.setAttribute("font-weight", "bold");
        bold.textContent = line.bold;
        text.append(bold, line.text ? `\u00a0${line.text}` : "");
    } else {
        text.textContent = line.text;
    }
    return text;
}

function describeBox(key) {
    const id = Number(key.slice(1));
    if (key[0] === "m") {
        return `closed module ${boxTitle(id)}; Enter opens it`;
    }
    const node = nodeOf(id);
    return `${titleOf(id)} ${shapeText(node)}, ${sizesText(node)}`;
}

function fillBox(group, key, lines) {
    group.dataset.key = key;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", describeBox(key));
    group.querySelector("title")?.remove();
    const members = membersOf(key);
    group.classList.add(key[0] === "m" ? "module" : members[0].kind);
    group.classList.toggle("bad", members.some(isBad));
    group.classList.toggle("constant", key[0] === "n" && !members[0].needs_grad);
    group.classList.toggle("dead", key[0] === "n" ? isDead(members[0]) : T.walked && members.every((node) => isDead(node) || !node.needs_grad));
    const shape = group.querySelector("polygon, path, ellipse");
    shape.classList.add("shape");
    const { x, y, width, height } = shape.getBBox();
    lines.forEach((line, i) => group.append(svgText(x + width / 2, y + height / 2 - 10 + i * 14, line)));
}

function fillFrame(group) {
    const m = Number(group.id.slice(1));
    group.dataset.module = m;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", `open module ${T.modules[m].path}; Enter closes it`);
    group.querySelector("title").textContent = `close ${T.modules[m].path}`;
    group.querySelector("polygon, path").classList.add("shape");
}

function fillEdge(group) {
    const edge = current.edges.get(group.id);
    group.querySelector("title").textContent = edge.uses.slice(0, 6).map(([x, y]) => `${shapeText(nodeOf(x))} ${titleOf(x)} \u2192 ${titleOf(y)}`).join("\n");
    group.classList.toggle("still", T.walked && edge.uses.every(([x, y]) => nodeOf(x).grad === null || nodeOf(y).grad === null));
    // The colours are the page's.
    group.querySelectorAll("path, polygon").forEach((part) => ["stroke", "fill"].forEach((name) => part.removeAttribute(name)));
}

// ---- the whole ----

function applyZoom() {
    const svg = graph.querySelector("svg");
    if (svg) {
        const { width, height } = svg.viewBox.baseVal;
        svg.setAttribute("width", `${(width * zoom).toFixed(1)}px`);
        svg.setAttribute("height", `${(height * zoom).toFixed(1)}px`);
    }
}

function setZoom(value) {
    const middle = [graph.scrollLeft + graph.clientWidth / 2, graph.scrollTop + graph.clientHeight / 2].map((p) => p / zoom);
    zoom = Math.max(0.1, Math.min(3, value));
    applyZoom();
    graph.scrollTo(middle[0] * zoom - graph.clientWidth / 2, middle[1] * zoom - graph.clientHeight / 2);
}

// Which zoom shows all, or, with least, not less than can be read.
function fitting(least) {
    const { width, height } = graph.querySelector("svg").viewBox.baseVal;
    const room = Math.min((graph.clientWidth - 36) / width, least ? Infinity : (graph.clientHeight - 36) / height);
    return Math.max(least ?? 0.1, Math.min(1, room));
}

function centre(target) {
    if (target) {
        const box = target.getBoundingClientRect(), frame = graph.getBoundingClientRect();
        graph.scrollBy(box.left + box.width / 2 - frame.left - frame.width / 2, box.top + box.height / 2 - frame.top - frame.height / 2);
    }
}

function restyle(svg) {
    for (const group of svg.querySelectorAll(".node")) {
        group.querySelectorAll("polygon, path, ellipse, polyline").forEach((part) => ["stroke", "fill"].forEach((name) => part.removeAttribute(name)));
        group.querySelectorAll("polyline").forEach((part) => part.setAttribute("style", "fill:none;stroke:var(--soft)"));
        fillBox(group, group.id, current.boxes.get(group.id).lines);
    }
    svg.querySelectorAll(".cluster").forEach((group) => fillFrame(group));
    svg.querySelectorAll(".edge").forEach((group) => fillEdge(group));
}

// Draws what is open now; asks first where that is very much. Focus goes to the box `then`.
async function draw(then, sure) {
    viz ??= await Viz.instance();
    current = scene();
    if (current.boxes.size >= MANY && !sure) {
        graph.replaceChildren(h("p", { class: "ask" }, `${current.boxes.size} boxes are too many to read. `,
            h("button", { type: "button", onclick: () => draw(then, true) }, "draw them all the same"), " ",
            h("button", { type: "button", onclick: () => closeAll() }, "close the modules")));
        return;
    }
    current.dot = dotText(current);
    const svg = viz.renderSVGElement(current.dot);
    svg.querySelector("title")?.remove();
    graph.replaceChildren(svg);
    applyZoom();
    restyle(svg);
    colour();
    showStep();
    markSelected();
    if (then) {
        const target = element(then);
        centre(target);
        target?.focus({ preventScroll: true });
    }
    graph.dataset.drawn = current.boxes.size;
}
