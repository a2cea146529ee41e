// site.mjs FOLDER: every page of the site in a browser, wide and narrow: nothing is asked of the network, no formula is left raw, no
// link is dead, no figure is empty, nothing sticks out.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = resolve(process.argv[2]);
const profile = mkdtempSync(join(tmpdir(), "mm-chromium-"));
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];
const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));

// What a page holds, found out inside it.
const look = () => {
    const visible = document.querySelector("main").cloneNode(true);
    visible.querySelectorAll("code, pre, .katex, svg").forEach((e) => e.remove());
    const box = (e) => e.getBoundingClientRect();
    return {
        title: document.title,
        raw: visible.textContent.match(/\$[^$\n]+\$|```|<!--/g) ?? [],
        formulas: document.querySelectorAll("main .katex").length,
        bad: document.querySelectorAll(".katex-error").length,
        flat: [...document.querySelectorAll("figure svg, figure img")].filter((e) => box(e).width < 20 || box(e).height < 20).length,
        figures: document.querySelectorAll("figure").length,
        links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
        ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
};

const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
try {
    const ids = new Map(), links = [];
    let formulas = 0, figures = 0;
    for (const name of pages) {
        const page = await context.newPage();
        page.on("console", (m) => assert.ok(!["error", "warning"].includes(m.type()), `${name}: ${m.text()}`));
        page.on("pageerror", (e) => assert.fail(`${name}: ${e.stack}`));
        page.on("requestfailed", (r) => assert.fail(`${name}: ${r.url()} is not there`));
        page.on("request", (r) => assert.ok(/^(file|data):/.test(r.url()), `${name} asks for ${r.url()}`));
        for (const width of [1300, 390]) {
            await page.setViewportSize({ width, height: 900 });
            await page.goto(String(pathToFileURL(join(folder, name))));
            const seen = await page.evaluate(look);
            assert.deepEqual(seen.raw, [], `${name}: raw marks`);
            assert.equal(seen.bad, 0, `${name}: formulas that KaTeX refused`);
            assert.equal(seen.flat, 0, `${name}: figures without a size`);
            assert.ok(seen.wide <= 0, `${name}: ${seen.wide} pixels too wide at ${width}`);
            assert.equal(new Set(seen.ids).size, seen.ids.length, `${name}: an id stands twice`);
            if (width === 390) {
                ids.set(join(folder, name), new Set(seen.ids));
                links.push(...seen.links.map((href) => [name, href]));
                formulas += seen.formulas;
                figures += seen.figures;
            }
        }
        await page.close();
    }
    for (const [name, href] of links.filter(([, href]) => href.startsWith("file:"))) {
        const url = new URL(href), file = fileURLToPath(url.origin === "null" ? href.split("#")[0] : url), anchor = decodeURIComponent(url.hash.slice(1));
        assert.ok(existsSync(file), `${name}: ${href} leads nowhere`);
        const there = ids.get(file) ?? new Set([...readFileSync(file, "utf8").matchAll(/ id="([^"]+)"/g)].map((m) => m[1]));
        assert.ok(!anchor || there.has(anchor), `${name}: ${href}: there is no such place`);
    }
    assert.ok(formulas > 100 && figures > 3, `only ${formulas} formulas and ${figures} figures: is this the whole site?`);
    console.log(`${pages.length} pages, ${formulas} formulas, ${figures} figures, ${links.length} links`);
} finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
}
