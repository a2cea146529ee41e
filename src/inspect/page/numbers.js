// numbers.js: numbers, tables of them, heat maps and histograms.

function format(x) {
    if (!Number.isFinite(x)) {
        return Number.isNaN(x) ? "NaN" : x > 0 ? "\u221e" : "\u2212\u221e";
    }
    const text = x === 0 ? "0" : Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
    return text.replace("-", "\u2212").replace("e\u2212", "e-").replace("e-", "e\u2212").replace("e+", "e");
}

const percent = (x) => `${format(100 * x)} %`;
const bytes = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${format(n / 1024)} KiB` : `${format(n / 1048576)} MiB`);
const seconds = (s) => (s === null ? "not measured" : s < 1e-3 ? `${format(s * 1e6)} \u00b5s` : `${format(s * 1e3)} ms`);

// What a box says of a tensor's numbers. During a backward pass that is stepped through: of what has come so far.
function sizesText(node, soFar) {
    const grad = soFar ?? (node.grad ? shown(node.grad) : null);
    return `value ${format(shown(node.value))}${grad === null ? "" : `  grad ${format(grad)}`}`;
}

// Numbers of a small tensor as a table, blue above zero, orange below.
function heat(data, shape) {
    const last = shape.at(-1) ?? 1, width = last > 8 ? 8 : last || 1;
    const most = Math.max(...data.map(Math.abs).filter(Number.isFinite), 1e-300);
    const cell = (x) => {
        const part = Number.isFinite(x) ? Math.round(65 * Math.abs(x) / most) : 100;
        const hue = Number.isFinite(x) ? (x < 0 ? "var(--minus)" : "var(--plus)") : "var(--bad)";
        return h("td", { style: `background:color-mix(in srgb, ${hue} ${part}%, transparent)`, title: String(x) }, format(x));
    };
    const rows = [];
    for (let i = 0; i < data.length; i += width) {
        rows.push(h("tr", {}, data.slice(i, i + width).map(cell)));
    }
    return h("div", { class: "scroll" }, h("table", { class: "heat" }, h("tbody", {}, rows)));
}

function histogram(stat) {
    const most = Math.max(...stat.bins, 1), W = 320, H = 46;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${W} ${H + 16}`);
    svg.setAttribute("class", "hist");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `histogram of ${stat.n} numbers from ${format(stat.min)} to ${format(stat.max)}`);
    const add = (tag, attributes, text) => {
        const part = document.createElementNS(SVG, tag);
        Object.entries(attributes).forEach(([key, value]) => part.setAttribute(key, value));
        part.textContent = text ?? "";
        svg.append(part);
    };
    stat.bins.forEach((count, i) => {
        const height = count === 0 ? 0 : Math.max(1, H * count / most);
        add("rect", { x: i * W / stat.bins.length + 0.5, y: H - height, width: W / stat.bins.length - 1, height });
    });
    add("line", { x1: 0, y1: H + 0.5, x2: W, y2: H + 0.5 });
    add("text", { x: 0, y: H + 13 }, format(stat.min));
    add("text", { x: W, y: H + 13, "text-anchor": "end" }, format(stat.max));
    return svg;
}

function statTable(stat, versus) {
    const row = (name, f) => h("tr", {}, h("th", {}, name), h("td", {}, f(stat)), versus ? h("td", {}, f(versus)) : null);
    return h("table", { class: "numbers" },
        versus ? h("thead", {}, h("tr", {}, h("th"), h("td", {}, "this"), h("td", {}, "other"))) : null,
        h("tbody", {},
            row("root mean square", (s) => format(rms(s))), row("length", (s) => format(norm(s))), row("mean", (s) => format(s.mean)),
            row("least \u2026 largest", (s) => `${format(s.min)} \u2026 ${format(s.max)}`),
            stat.zeros > 0 || versus?.zeros > 0 ? row("zeros", (s) => percent(s.zeros / s.n)) : null,
            stat.bad > 0 || versus?.bad > 0 ? row("NaN or infinite", (s) => `${s.bad} of ${s.n}`) : null));
}

function statView(stat, shape, versus) {
    return [stat.data ? heat(stat.data, shape) : histogram(stat), statTable(stat, versus)];
}

// Bars of shares that make 1 together; a negative one goes to the left.
function bars(rows) {
    const most = Math.max(...rows.map((row) => Math.abs(row.share)).filter(Number.isFinite), 1e-300);
    return h("div", { class: "bars" }, rows.flatMap(({ label, share, text }) => {
        const width = Number.isFinite(share) ? 50 * Math.abs(share) / most : 0;
        return [label, h("div", { class: "bar" }, h("i", { class: share < 0 ? "minus" : "", style: `width:${width}%;left:${share < 0 ? 50 - width : 50}%` })), h("span", {}, text)];
    }));
}

function formulaOf(equation, which) {
    const entry = byId("formulas").querySelector(`[data-id="${CSS.escape(equation)}"]`);
    return entry ? h("div", { class: "formula" }, entry.children[which].firstElementChild.cloneNode(true)) : null;
}
