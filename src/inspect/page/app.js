// app.js: what the reader does.

function markSelected() {
    graph.querySelector(".selected")?.classList.remove("selected");
    if (selected !== null) {
        element(selected)?.classList.add("selected");
    }
}

function select(key) {
    selected = key;
    position = 0;
    showStep();
    markSelected();
    showPanel();
    saveHash();
}

// Opens what a tensor is hidden in; whether there was anything to open.
function reveal(id) {
    let hidden = false;
    for (let box = boxOfModule(nodeOf(id).module); box >= 0; box = boxOfModule(nodeOf(id).module)) {
        if (isRun(box) && !unrolled.has(T.modules[box].run)) {
            unrolled.add(T.modules[box].run);
        } else {
            openModules.add(box);
        }
        hidden = true;
    }
    return hidden;
}

async function goTo(id) {
    if (reveal(id)) {
        await draw();
    }
    select(`n${id}`);
    centre(element(`n${id}`));
    element(`n${id}`)?.focus({ preventScroll: true });
}

async function openBox(m) {
    if (isRun(m) && !unrolled.has(T.modules[m].run)) {
        unrolled.add(T.modules[m].run);
    } else {
        openModules.add(m);
    }
    select(null);
    await draw(nearest(m));
}

async function closeModule(m) {
    openModules.delete(m);
    select(`m${m}`);
    await draw(`m${m}`);
}

async function foldRun(m) {
    const head = T.modules[m].run;
    unrolled.delete(head);
    moduleIds.filter((k) => T.modules[k].run === head).forEach((k) => openModules.delete(k));
    select(`m${head}`);
    await draw(`m${head}`);
}

// A box inside of a module, for the focus to go to.
function nearest(m) {
    const node = drawnNodes().find((n) => n.kind === "op" && inside(n.module, m));
    return node ? keyOf(node.id) : null;
}

function closeAll() {
    openModules.clear();
    unrolled.clear();
    moduleIds.filter((m) => !T.modules[m].closed).forEach((m) => openModules.add(m));
    select(null);
    return draw();
}

function openAll() {
    moduleIds.forEach((m) => openModules.add(m));
    moduleIds.filter(isRun).forEach((m) => unrolled.add(T.modules[m].run));
    return draw();
}

// ---- find ----

const found = byId("found");

function search(text) {
    const wanted = text.trim().toLowerCase();
    const hits = wanted === "" ? [] : drawnNodes().filter((node) =>
        [`n${node.id}`, node.op, node.symbol, node.name, node.site, T.modules[node.module].path].some((field) => field.toLowerCase().includes(wanted)));
    found.replaceChildren(...hits.slice(0, 40).map((node) => h("li", {}, h("button", { type: "button", onclick: () => leaveSearch(node.id) },
        `${titleOf(node.id)} ${shapeText(node)} `, h("span", { class: "tag" }, T.modules[node.module].path || node.kind)))));
    if (wanted !== "" && hits.length === 0) {
        found.replaceChildren(h("li", {}, "nothing is called so"));
    }
    found.hidden = wanted === "";
    return hits;
}

function leaveSearch(id) {
    found.hidden = true;
    byId("find").value = "";
    return goTo(id);
}

// ---- addresses ----

function saveHash() {
    const parts = [position > 0 ? `step=${position}` : null, position === 0 && selected !== null ? `${selected[0] === "n" ? "node" : "module"}=${selected.slice(1)}` : null];
    history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`);
}

async function readHash() {
    const hash = new URLSearchParams(location.hash.slice(1));
    const node = Number(hash.get("node") ?? -1), step = Number(hash.get("step") ?? 0);
    if (node >= 0 && node < T.nodes.length && hash.has("node")) {
        await goTo(node);
    } else if (step > 0 && step <= steps.length) {
        await setPosition(step);
    }
}

// ---- keys and pointer ----

function along(direction) {
    if (selected?.[0] !== "n") {
        return T.loss === null ? null : T.loss;
    }
    const id = Number(selected.slice(1));
    return (direction > 0 ? T.consumers[id] : nodeOf(id).in)[0] ?? null;
}

const keys = {
    ArrowRight: () => setPosition(position + 1),
    ArrowLeft: () => setPosition(position - 1),
    ArrowUp: () => along(1) !== null && goTo(along(1)),
    ArrowDown: () => along(-1) !== null && goTo(along(-1)),
    "/": () => byId("find").focus(),
    "+": () => setZoom(zoom * 1.25),
    "-": () => setZoom(zoom / 1.25),
    0: () => setZoom(fitting()),
    Escape: () => select(null),
};

function activate(target) {
    const group = target.closest(".node, .cluster");
    if (!group) {
        return false;
    }
    const key = group.dataset.key;
    if (!key) {
        closeModule(Number(group.dataset.module));
    } else if (key[0] === "m" && selected === key) {
        openBox(Number(key.slice(1)));
    } else {
        select(key);
    }
    return true;
}

document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if ((event.key === "Enter" || event.key === " ") && event.target.closest(".node, .cluster")) {
        const key = event.target.closest(".node")?.dataset.key;
        selected = key?.[0] === "m" ? key : selected; // Enter on a closed module opens it at once
        activate(event.target);
    } else if (event.key in keys && !(event.target.closest("#panel") && event.key.startsWith("Arrow"))) {
        keys[event.key]();
    } else {
        return;
    }
    event.preventDefault();
});

// A click on a frame's name closes it; one beside all boxes leaves the selection.
graph.addEventListener("click", (event) => {
    if (!event.target.closest(".node") && event.target.closest(".cluster") && event.target.tagName !== "text") {
        return;
    }
    if (!activate(event.target) && event.target.closest("svg")) {
        select(null);
    }
});

byId("find").addEventListener("input", (event) => search(event.target.value));
byId("find").addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
        const [first] = search(event.target.value);
        if (first) {
            leaveSearch(first.id);
        }
    } else if (event.key === "Escape") {
        event.target.value = "";
        search("");
        graph.focus();
    }
});
byId("colour").addEventListener("change", (event) => { mode = event.target.value; colour(); });
byId("open-all").addEventListener("click", openAll);
byId("close-all").addEventListener("click", closeAll);
byId("fit").addEventListener("click", () => setZoom(fitting()));
byId("zoom-in").addEventListener("click", () => setZoom(zoom * 1.25));
byId("zoom-out").addEventListener("click", () => setZoom(zoom / 1.25));
byId("first").addEventListener("click", () => setPosition(0));
byId("back").addEventListener("click", () => setPosition(position - 1));
byId("next").addEventListener("click", () => setPosition(position + 1));
byId("turn").addEventListener("click", () => setPosition(forwardSteps + 1));
byId("position").addEventListener("input", (event) => setPosition(Number(event.target.value)));
byId("copy-dot").addEventListener("click", () => navigator.clipboard.writeText(current.dot));
byId("save-trace").addEventListener("click", () => {
    const link = h("a", { href: URL.createObjectURL(new Blob([byId("trace-data").textContent], { type: "application/json" })), download: "trace.json" });
    link.click();
});
byId("other").addEventListener("change", async (event) => {
    try {
        useOther(parseTrace(await event.target.files[0].text()));
    } catch (error) {
        panel.replaceChildren(h("p", { class: "because bad" }, `${event.target.files[0].name}: ${error.message}`));
    }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);

// ---- the start ----

function useOther(trace) {
    other = trace;
    if (comparable()) {
        byId("colour").append(...(byId("colour").querySelector("[value=apart]") ? [] : [h("option", { value: "apart" }, "difference")]));
        byId("colour").value = mode = "apart";
    }
    if (current.boxes.size > 0) {
        colour();
        select(null);
    }
}

async function start() {
    const loss = T.loss === null ? null : nodeOf(T.loss);
    document.title = byId("title").textContent = T.title || "gradients";
    byId("summary").textContent = [
        loss?.value.n === 1 ? `${loss.name || "loss"} = ${format(loss.value.data[0])}` : null,
        `${T.ops.length} ops`, `${T.nodes.filter((node) => node.kind === "parameter").length} parameters`,
        T.walked ? null : "before the backward pass",
    ].filter(Boolean).join("  \u00b7  ");
    byId("position").max = steps.length;
    byId("turn").disabled = T.order.length === 0;
    if (!T.watched) {
        byId("colour").querySelectorAll("[value=time], [value=memory]").forEach((option) => option.remove());
    }
    if (other !== null) {
        useOther(other);
    }
    await draw();
    if (graph.querySelector("svg")) {
        zoom = fitting(0.85);
        applyZoom();
        centre(T.loss === null ? null : element(keyOf(T.loss)));
    }
    showPanel();
    await readHash();
    document.documentElement.dataset.ready = Math.round(performance.now());
}

start().catch((error) => {
    graph.replaceChildren(h("p", { class: "ask" }, `The graph cannot be drawn: ${error.message}`));
    throw error;
});
