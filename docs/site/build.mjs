// build.mjs OUT: makes a site of docs/*.md, exercises/*/README.md and the sources they show, which opens from a folder (file://)
// and asks for nothing. Run in the top folder of the project after `npm ci --prefix docs/site`. Any formula, link, figure or excerpt
// that is wrong ends the build.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import hljs from "highlight.js/lib/core";
import c from "highlight.js/lib/languages/c";
import bash from "highlight.js/lib/languages/bash";
import { figure } from "./figures.mjs";
import { makeMarkdown } from "./markdown.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
    console.error("usage: build.mjs OUT");
    process.exit(2);
}
hljs.registerLanguage("c", c);
hljs.registerLanguage("sh", bash);

const escape = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const highlight = (code, language) =>
    hljs.getLanguage(language) ? hljs.highlight(code, { language }).value : escape(code);

// ---- what there is: pages in the order of docs/README.md, then the exercises ----

const index = readFileSync("docs/README.md", "utf8");
const chapters = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map((m) => `docs/${m[1]}`);
const exercises = readdirSync("exercises")
    .filter((name) => /^\d\d-/.test(name))
    .map((name) => `exercises/${name}/README.md`);
const pages = ["docs/README.md", ...new Set(chapters), ...exercises];
const sources = new Set();
const errors = [];

// docs/03-clip.md is 03-clip.html; exercises/01-relu/README.md is exercise-01-relu.html; src/core/graph.c is source/src/core/graph.c.html
function address(file) {
    if (file === "docs/README.md") {
        return "index.html";
    }
    const exercise = file.match(/^exercises\/([^/]+)\/README\.md$/);
    return exercise ? `exercise-${exercise[1]}.html` : file.replace(/^docs\//, "").replace(/\.md$/, ".html");
}

// Where a link of a page leads on the site; a file of the project that is no page is shown as source.
function resolve(page, link) {
    if (/^[a-z]+:|^#/.test(link)) {
        return link;
    }
    const [path, anchor] = link.split("#");
    let file = normalize(join(dirname(page), path)).replace(/\/$/, "");
    if (/^exercises\/\d\d-[^/]+$/.test(file)) {
        file += "/README.md";
    }
    const hash = anchor ? `#${anchor}` : "";
    if (pages.includes(file)) {
        return address(file) + hash;
    }
    if (!existsSync(file)) {
        errors.push(`${page}: the link ${link} leads nowhere`);
        return link;
    }
    if (/\.(c|h|sh|mjs|def|tsv|txt|md|py)$/.test(file)) {
        sources.add(file);
        return `source/${file}.html${hash}`;
    }
    return null; // a folder or a program: named, not linked
}

// ---- pages ----

const titleOf = (text) => text.match(/^# (.+)$/m)?.[1] ?? "untitled";
const titles = new Map(pages.map((page) => [page, titleOf(readFileSync(page, "utf8"))]));

function layout(page, title, body, headings, depth = "") {
    const at = pages.indexOf(page);
    const link = (other, text) => (other ? `<a href="${depth}${address(other)}">${text}${escape(titles.get(other))}</a>` : "<span></span>");
    const item = (other) =>
        `<li${other === page ? ' aria-current="page"' : ""}><a href="${depth}${address(other)}">${escape(titles.get(other))}</a></li>`;
    const contents = headings.map((h) => `<li><a href="#${h.id}">${h.html}</a></li>`).join("");
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} - multimodal.c</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${depth}katex/katex.min.css">
<link rel="stylesheet" href="${depth}style.css">
</head>
<body>
<a class="skip" href="#main">To the text</a>
<nav aria-label="Pages"><details${page === "docs/README.md" ? " open" : ""}><summary>multimodal.c</summary>
<ul>${pages.filter((p) => p.startsWith("docs/")).map(item).join("")}</ul>
<p>Exercises</p><ul>${exercises.map(item).join("")}</ul></details></nav>
<main id="main">
${headings.length > 2 ? `<details class="contents"><summary>On this page</summary><ul>${contents}</ul></details>` : ""}
${body}
${at >= 0 ? `<p class="turn">${link(pages[at - 1], "← ")}${link(pages[at + 1], "→ ")}</p>` : ""}
</main>
</body>
</html>
`;
}

function buildPage(page) {
    const headings = [];
    const md = makeMarkdown({
        highlight,
        headings,
        link: (href) => resolve(page, href),
        source: (what) => {
            const [file, name] = what.split("#");
            sources.add(file);
            const line = lineOf(file, name);
            return { href: `source/${file}.html${line ? `#L${line}` : ""}`, text: line ? `${file}:${line}` : file };
        },
        figure: (src, alt) => {
            const file = join(dirname(page), src);
            return figure(file, alt, out, errors, page, (href) => resolve(file, href)); // links of a drawing are relative to it
        },
        error: (message) => errors.push(`${page}: ${message}`),
    });
    const body = md.render(readFileSync(page, "utf8"));
    writeFileSync(join(out, address(page)), layout(page, titles.get(page), body, headings));
}

// The line at which a function or a region begins.
function lineOf(file, name) {
    const lines = readFileSync(file, "utf8").split("\n");
    const plain = name?.replace("()", "");
    if (!plain) {
        return 0;
    }
    const pattern = name.endsWith("()")
        ? new RegExp(`^[A-Za-z].*\\b\\(?${plain}\\)?\\(`)
        : new RegExp(`^\\s*(/\\*|#) region ${plain}\\b`);
    return lines.findIndex((line) => pattern.test(line) && !line.endsWith(";")) + 1;
}

function buildSource(file) {
    const language = /\.(c|h|def)$/.test(file) ? "c" : "sh";
    const lines = highlight(readFileSync(file, "utf8"), language).replace(/\n$/, "").split("\n");
    // highlight.js leaves spans open across lines: close and reopen them, so that every line is whole.
    let open = [];
    const rows = lines.map((line, i) => {
        const before = open.join("");
        for (const tag of line.match(/<span [^>]*>|<\/span>/g) ?? []) {
            tag === "</span>" ? open.pop() : open.push(tag);
        }
        return `<span class="line" id="L${i + 1}"><a href="#L${i + 1}">${i + 1}</a>${before}${line}${"</span>".repeat(open.length)}\n</span>`;
    });
    const path = join(out, "source", `${file}.html`);
    mkdirSync(dirname(path), { recursive: true });
    const depth = relative(dirname(path), out) + "/";
    writeFileSync(path, layout(file, file, `<h1>${file}</h1>\n<pre class="source"><code>${rows.join("")}</code></pre>`, [], depth));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "katex/fonts"), { recursive: true });
const katex = join(here, "node_modules/katex/dist");
for (const font of readdirSync(join(katex, "fonts")).filter((name) => name.endsWith(".woff2"))) {
    cpSync(join(katex, "fonts", font), join(out, "katex/fonts", font));
}
// Only the format that every browser of today reads; the others would be links to files that are not there.
const css = readFileSync(join(katex, "katex.min.css"), "utf8").replace(/,url\([^)]*\.(woff|ttf)\) format\("(woff|truetype)"\)/g, "");
writeFileSync(join(out, "katex/katex.min.css"), css);
cpSync(join(here, "style.css"), join(out, "style.css"));
pages.forEach(buildPage);
sources.forEach(buildSource);
if (errors.length) {
    console.error(errors.join("\n"));
    process.exit(1);
}
console.log(`${pages.length} pages and ${sources.size} sources in ${out}/index.html`);
