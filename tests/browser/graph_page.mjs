// graph_page.mjs FOLDER: opens the pages that graph_pages wrote as a learner would, and looks.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = resolve(process.argv[2]);
const profile = mkdtempSync(join(tmpdir(), "mm-chromium-"));
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];

const read = (name) => readFileSync(join(folder, name), "utf8");
const count = (text, what) => text.split(what).length - 1;
const traceOf = async (page) => JSON.parse(await page.locator("#trace-data").textContent());

let context = null;

// Opens a page; whatever it asks of the network, and every error, is a failure.
async function open(name, hash = "") {
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    page.on("console", (message) => assert.ok(!["error", "warning"].includes(message.type()), `${name}: ${message.text()}`));
    page.on("pageerror", (error) => assert.fail(`${name}: ${error.stack}`));
    page.on("dialog", () => assert.fail(`${name}: something in the trace was run`));
    page.on("request", (request) => assert.ok(/^(data|blob):/.test(request.url()) || request.url().split("#")[0] === String(pathToFileURL(join(folder, name))), request.url()));
    await page.goto(pathToFileURL(join(folder, name)) + hash);
    await page.waitForFunction(() => document.documentElement.dataset.ready);
    return page;
}

const boxes = (page) => page.locator("#graph .node").count();
const node = (page, key) => page.locator(`#graph [data-key="${key}"]`);

const tests = {
    async "every tensor is a box, every use an edge"() {
        const page = await open("small.html");
        const trace = await traceOf(page);
        await page.click("#open-all");
        assert.equal(await boxes(page), trace.nodes.length);
        const uses = trace.nodes.reduce((sum, n) => sum + new Set(n.in).size, 0);
        assert.equal(await page.locator("#graph .edge").count(), uses);
        assert.equal(await page.locator("h1").textContent(), trace.title);
        assert.equal(await page.locator("#graph img, h1 img").count(), 0);
        await page.close();
    },

    async "closed as the drawing is"() {
        for (const name of ["two", "twelve"]) {
            const dot = read(`${name}.dot`), page = await open(`${name}.html`);
            assert.equal(await boxes(page), count(dot, " [label=<"), `${name}: boxes`);
            assert.equal(await page.locator("#graph .cluster").count(), count(dot, "subgraph"), `${name}: frames`);
            await page.close();
        }
    },

    // The best of a few, since other programs may be running.
    async "a CLIP of 12 blocks is there in less than a second"() {
        let best = Infinity, tensors = 0;
        for (let i = 0; i < 5 && best >= 700; i++) {
            const page = await open("twelve.html");
            best = Math.min(best, Number(await page.evaluate(() => document.documentElement.dataset.ready)));
            tensors = (await traceOf(page)).nodes.length;
            await page.close();
        }
        console.log(`      ${tensors} tensors, drawn ${best} ms after the page was asked for`);
        assert.ok(best < 1000, `${best} ms`);
    },

    async "modules open and close"() {
        const page = await open("twelve.html");
        const before = await boxes(page);
        const run = page.locator("#graph .node.module", { hasText: "\u00d712" }).first();
        const key = await run.getAttribute("data-key");
        await run.click();
        assert.match(await page.locator("#panel").textContent(), /show the 12 one by one/);
        await node(page, key).click();
        await page.waitForFunction((n) => document.querySelectorAll("#graph .node").length > n, before);
        assert.equal(await boxes(page), before + 11);
        await node(page, key).focus();
        await page.keyboard.press("Enter"); // one of the twelve
        await page.waitForFunction((n) => document.querySelectorAll("#graph .node").length > n, before + 11);
        const opened = await page.locator(`#graph [data-module="${key.slice(1)}"] text`).first();
        await opened.click();
        await page.waitForFunction((n) => document.querySelectorAll("#graph .node").length === n, before + 11);
        await page.click("#close-all");
        await page.waitForFunction((n) => document.querySelectorAll("#graph .node").length === n, before);
        await page.click("#open-all"); // too many to read: it asks
        await page.waitForSelector("#graph .ask");
        assert.equal(await boxes(page), 0);
        await page.click("#graph .ask button:last-child");
        await page.waitForFunction((n) => document.querySelectorAll("#graph .node").length === n, before);
        await page.close();
    },

    async "a box tells its numbers, its formula and its line of C"() {
        const page = await open("two.html");
        const trace = await traceOf(page);
        const z = trace.nodes.find((n) => n.name === "Z");
        await node(page, `n${z.id}`).click();
        const panel = page.locator("#panel");
        assert.match(await panel.textContent(), new RegExp(`mul n${z.id} \u00b7 \\(2,2\\) \u00b7 in loss`));
        assert.equal(await panel.locator(".formula .katex").count(), 2);
        assert.equal(await panel.locator(".katex-error").count(), 0);
        const shown = await panel.locator(".heat").first().locator("td").evaluateAll((cells) => cells.map((cell) => Number(cell.title)));
        assert.deepEqual(shown, z.value.data);
        assert.match(await panel.locator(".source b").textContent(), /mm_named\(mm_mul\(/);
        assert.ok(await node(page, `n${z.id}`).evaluate((g) => g.classList.contains("selected")));
        const large = trace.nodes.find((n) => n.name === "pixels");
        await page.evaluate((id) => goTo(id), large.id);
        assert.equal(await panel.locator(".hist rect").count(), 32);
        await page.close();
    },

    async "all that is drawn has a formula"() {
        for (const name of ["two.html", "small.html"]) {
            const page = await open(name);
            for (const equation of new Set((await traceOf(page)).nodes.filter((n) => n.kind === "op").map((n) => n.equation))) {
                assert.equal(await page.locator(`#formulas [data-id="${equation}"] .katex`).count(), 2, equation);
            }
            await page.close();
        }
    },

    async "shares of a gradient make 100 %"() {
        const page = await open("small.html");
        const trace = await traceOf(page);
        const s = trace.nodes.find((n) => n.name === "s");
        await node(page, `n${s.id}`).click();
        assert.match(await page.locator("#panel").textContent(), /its gradient is the sum of 3/);
        const shares = await page.locator("#panel .bars span").allTextContents();
        const total = shares.reduce((sum, text) => sum + Number(text.split(" ")[0].replace("\u2212", "-")), 0);
        assert.equal(shares.length, 3);
        assert.ok(Math.abs(total - 100) < 0.2, `${total}`);
        await page.close();
    },

    async "the tape, step by step: before + added = after"() {
        const page = await open("small.html");
        const trace = await traceOf(page);
        await page.click("#open-all");
        const forward = trace.nodes.filter((n) => n.kind === "op").map((n) => n.id);
        const reached = new Map();
        for (const [k, id] of [...forward, ...trace.order].entries()) {
            await page.keyboard.press("ArrowRight");
            assert.equal(await page.locator("#graph .now").getAttribute("data-key"), `n${id}`);
            if (k < forward.length) {
                continue;
            }
            const sums = await page.locator("#panel .sum").evaluateAll((all) => all.map((sum) =>
                [...sum.querySelectorAll(".heat")].map((heat) => [...heat.querySelectorAll("td")].map((cell) => Number(cell.title)))));
            assert.equal(sums.length, trace.nodes[id].added.length);
            trace.nodes[id].added.forEach((a, i) => {
                const [before, added, after] = sums[i];
                assert.deepEqual(before, reached.get(a.to) ?? before.map(() => 0));
                assert.deepEqual(added, a.data);
                after.forEach((x, e) => assert.ok(Math.abs(before[e] + added[e] - x) < 1e-12));
                reached.set(a.to, after);
            });
        }
        for (const [id, after] of reached) {
            after.forEach((x, e) => assert.ok(Math.abs(x - trace.nodes[id].grad.data[e]) <= 1e-6 * Math.sqrt(trace.nodes[id].grad.squares)));
        }
        assert.ok(reached.size >= 5);
        await page.keyboard.press("ArrowRight"); // the end stays the end
        assert.equal(Number(await page.inputValue("#position")), forward.length + trace.order.length);
        await page.keyboard.press("ArrowLeft");
        assert.equal(await page.locator("#graph .now").getAttribute("data-key"), `n${trace.order.at(-2)}`);
        await page.close();
    },

    async "a step inside of a closed module lights it up"() {
        const page = await open("twelve.html");
        const trace = await traceOf(page);
        const inner = trace.nodes.find((n) => n.kind === "op" && trace.modules[n.module].path.includes("resblocks.7"));
        const forward = trace.nodes.filter((n) => n.kind === "op");
        await page.evaluate((p) => setPosition(p), forward.indexOf(inner) + 1);
        assert.match(await page.locator("#graph .now").textContent(), /\u00d712/);
        await page.check("#follow");
        await page.evaluate((p) => setPosition(p), forward.indexOf(inner) + 1);
        assert.equal(await page.locator("#graph .now").getAttribute("data-key"), `n${inner.id}`);
        await page.close();
    },

    async "find, and addresses"() {
        const page = await open("two.html");
        const scale = (await traceOf(page)).nodes.find((n) => n.name === "logit_scale");
        await page.keyboard.press("/");
        await page.keyboard.type("logit_sc");
        assert.equal(await page.locator("#found li").count(), 1);
        await page.keyboard.press("Enter");
        await page.waitForSelector(`#graph .selected[data-key="n${scale.id}"]`);
        assert.equal(await page.evaluate(() => location.hash), `#node=${scale.id}`);
        await page.close();
        const again = await open("two.html", `#node=${scale.id}`);
        assert.equal(await again.locator("#panel h2").textContent(), "logit_scale");
        await again.close();
    },

    async "two traces"() {
        const page = await open("pair.html");
        const trace = await traceOf(page);
        const wrong = trace.nodes.find((n) => n.name === "text.proj");
        assert.equal(await page.inputValue("#colour"), "apart");
        assert.match(await page.locator("#panel").textContent(), /1 of \d+ tensors differ/);
        assert.match(await page.locator("#panel .list").textContent(), /^proj/);
        await page.evaluate((id) => goTo(id), wrong.id);
        assert.match(await page.locator("#panel").textContent(), /values lie 0 apart, gradients 0?\.\d+|gradients \d/);
        await page.close();
        const chosen = await open("two.html");
        await chosen.setInputFiles("#other", join(folder, "wrong.json"));
        await chosen.waitForFunction(() => document.querySelector("#panel").textContent.includes("tensors differ"));
        await chosen.setInputFiles("#other", join(folder, "twelve.json"));
        await chosen.waitForFunction(() => document.querySelector("#panel").textContent.includes("another structure"));
        await chosen.close();
    },

    async "why it is zero, and where NaN came from"() {
        const page = await open("small.html");
        const trace = await traceOf(page);
        const why = async (name) => {
            await page.evaluate((id) => goTo(id), trace.nodes.find((n) => n.name === name).id);
            return page.locator("#panel .because").allTextContents();
        };
        assert.match((await why("dead.bias")).join(), /a dead ReLU/);
        assert.match((await why("lost")).join(), /no way leads from this consumer to the loss/);
        assert.match((await why("<b>x</b>")).join(), /a constant/);
        assert.deepEqual(await why("s"), []);
        assert.equal(await page.locator("#graph .dead").count(), 3); // dead.bias, lost and what is made of it
        await page.close();
        const nan = await open("nan.html");
        assert.match(await nan.locator("#panel").textContent(), /NaN or infinity.*the log.*smallest number it was given is \u22121/s);
        assert.ok(await nan.locator("#graph .bad").count() >= 3);
        await nan.close();
    },

    async "colours by something else"() {
        const page = await open("two.html");
        for (const [mode, title] of [["memory", "bytes kept"], ["time", "seconds"], ["value", "of the value"], ["ratio", "gradient / value"]]) {
            await page.selectOption("#colour", mode);
            assert.match(await page.locator("#legend").textContent(), new RegExp(title));
        }
        await page.close();
    },

    async "by keys alone"() {
        const page = await open("two.html");
        await page.keyboard.press("ArrowUp"); // nothing selected: the loss
        const loss = (await traceOf(page)).loss;
        assert.equal(await page.evaluate(() => document.activeElement.dataset.key), `n${loss}`);
        await page.keyboard.press("ArrowDown");
        assert.notEqual(await page.evaluate(() => document.activeElement.dataset.key), `n${loss}`);
        await page.keyboard.press("Escape");
        assert.equal(await page.locator("#graph .selected").count(), 0);
        assert.equal(await page.locator("#panel").getAttribute("aria-live"), "polite");
        assert.equal(await page.locator("#graph .node:not([aria-label])").count(), 0);
        await page.close();
    },

    async "on a telephone, in the dark, without motion"() {
        const page = await open("two.html", "#step=70");
        const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
        await page.setViewportSize({ width: 390, height: 844 });
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), light);
        assert.equal(await page.locator("#graph .node").first().evaluate((g) => getComputedStyle(g).transitionProperty), "none");
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
        const panel = await page.locator("#panel").boundingBox(), graph = await page.locator("#graph").boundingBox();
        assert.ok(panel.y >= graph.y + graph.height - 1 && panel.width <= 390); // below the graph
        await page.close();
    },
};

let failed = 0;
try {
    context = await chromium.launchPersistentContext(profile, { executablePath: "/usr/bin/chromium", headless: true, args: flags, viewport: { width: 1400, height: 900 } });
    await (await open("small.html")).close(); // the first page of a browser is slow
    for (const [name, test] of Object.entries(tests)) {
        try {
            await test();
            console.log(`ok    ${name}`);
        } catch (error) {
            console.log(`WRONG ${name}\n${error.stack}`);
            failed = 1;
        }
    }
} finally {
    await context?.close();
    rmSync(profile, { recursive: true, force: true });
}
process.exit(failed);
