// build.mjs: makes the two files that src/inspect/page.c fills in and that are committed, so that only authors need npm:
// template.html, everything that a page needs but the trace and the formulas; formulas.html, docs/equations.tsv set by KaTeX, an
// equation a line. `node build.mjs` writes them, `node build.mjs --check` says whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import katex from "katex";

const here = new URL(".", import.meta.url);
const read = (name) => readFileSync(new URL(name, here), "utf8");
const require = createRequire(import.meta.url);

// The fonts that formulas of this kind use; a formula that needs another would fall back to one of the reader's machine.
const fonts = ["Main-Regular", "Main-Italic", "Math-Italic", "AMS-Regular", "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular"];

function katexStyle() {
    const css = readFileSync(require.resolve("katex/dist/katex.min.css"), "utf8");
    return css.replace(/@font-face\{[^}]*\}/g, (face) => {
        const name = /fonts\/KaTeX_([A-Za-z0-9-]+)\.woff2/.exec(face)[1];
        if (!fonts.includes(name)) {
            return "";
        }
        const bytes = readFileSync(require.resolve(`katex/dist/fonts/KaTeX_${name}.woff2`)).toString("base64");
        return face.replace(/src:[^}]*/, `src:url(data:font/woff2;base64,${bytes}) format("woff2")`);
    });
}

// No text of a script or style may end its element.
const inside = (text) => text.replace(/<\/(script|style)/gi, "<\\/$1");

function template() {
    const scripts = ["data", "why", "boxes", "picture", "numbers", "panel", "step", "app"].map((name) => read(`${name}.js`));
    const parts = {
        "page.css": read("page.css"),
        "katex.css": katexStyle(),
        "viz.js": readFileSync(require.resolve("@viz-js/viz").replace(/viz\.(cjs|js)$/, "viz-global.js"), "utf8"),
        "page.js": scripts.join("\n"),
    };
    return read("page.html").replace(/\/\*\{(\S+)\}\*\//g, (_, name) => inside(parts[name]));
}

function formula(tex, where) {
    try {
        return katex.renderToString(tex, { displayMode: false, throwOnError: true, strict: "error" }).replace(/\s*\n\s*/g, " ");
    } catch (error) {
        throw new Error(`docs/equations.tsv: ${where}: ${error.message}`);
    }
}

function formulas() {
    const lines = read("../../../docs/equations.tsv").replace(/\n$/, "").split("\n").slice(1);
    return lines.map((line) => {
        const [id, forward, backward] = line.split("\t");
        return `<div data-id="${id}"><div>${formula(forward, id)}</div><div>${formula(backward, id)}</div></div>\n`;
    }).join("");
}

let stale = 0;
for (const [name, text] of [["template.html", template()], ["formulas.html", formulas()]]) {
    if (process.argv[2] !== "--check") {
        writeFileSync(new URL(name, here), text);
    } else if (read(name) !== text) {
        console.error(`src/inspect/page/${name} is not what its sources make: run \`npm ci && npm run build\` in src/inspect/page`);
        stale = 1;
    }
}
process.exit(stale);
