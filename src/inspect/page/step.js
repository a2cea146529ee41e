// step.js: the tape, one op at a time: first forward in the order in which it was recorded, then back. Position 0 is before all
// of it; position p shows what step p did.

let position = 0;
const steps = [...T.ops.map((id) => ({ id, backward: false })), ...T.order.map((id) => ({ id, backward: true }))];
const forwardSteps = T.ops.length;

// The root mean square that a gradient has reached by this position.
function soFar(id) {
    const done = contributionsTo(id).filter((a) => forwardSteps + T.place.get(a.from) < position);
    const node = nodeOf(id);
    if (id === T.order[0] && position > forwardSteps) {
        return shown(node.grad);
    }
    if (done.length === 0) {
        return null;
    }
    return node.value.n === 1 && done[0].data ? sum(done, (a) => a.data[0]) : done.at(-1).after / Math.sqrt(node.value.n);
}

function stateOf(node) {
    const going = position > forwardSteps;
    if (!going) {
        return node.kind === "op" && T.ops.indexOf(node.id) >= position ? "ahead" : "done";
    }
    return soFar(node.id) === null ? "ahead" : "done";
}

function setSizes(key) {
    const text = element(key)?.querySelector(".small");
    if (text && key[0] === "n") {
        const node = nodeOf(Number(key.slice(1)));
        const before = position > 0 && position <= forwardSteps;
        const grad = before ? null : position === 0 ? undefined : soFar(node.id);
        text.textContent = grad === null ? `value ${format(shown(node.value))}` : sizesText(node, grad);
    }
}

// Marks the boxes and edges of the present step; those of a closed module light up with what is inside.
function showStep() {
    const step = steps[position - 1];
    graph.classList.toggle("stepping", position > 0);
    graph.querySelectorAll(".now, .given, .live, .ahead").forEach((group) => group.classList.remove("now", "given", "live", "ahead"));
    current.boxes.forEach((box, key) => {
        if (position > 0 && membersOf(key).every((node) => stateOf(node) === "ahead")) {
            element(key)?.classList.add("ahead");
        }
        setSizes(key);
    });
    byId("position").value = position;
    byId("where").textContent = position === 0 ? `${forwardSteps} forward, ${T.order.length} back`
        : step.backward ? `back ${position - forwardSteps} of ${T.order.length}` : `forward ${position} of ${forwardSteps}`;
    if (step) {
        const key = keyOf(step.id);
        element(key)?.classList.add("now");
        for (const x of nodeOf(step.id).in) {
            const given = keyOf(x);
            if (given !== key && (!step.backward || nodeOf(x).needs_grad)) {
                element(given)?.classList.add("given");
                graph.querySelector(`[id="${given}-${key}"]`)?.classList.add("live");
            }
        }
    }
}

// before + contribution = after, of one input.
function accumulation(id, added) {
    const node = nodeOf(id);
    const earlier = contributionsTo(id).filter((a) => T.place.get(a.from) < T.place.get(added.from));
    const part = (of, view) => h("div", {}, h("div", { class: "of" }, of), view);
    const sign = (text) => h("div", { class: "sign" }, text);
    if (added.data) {
        // What was there before the first contribution is the gradient less all contributions: 0, unless gradients add up over steps.
        const all = contributionsTo(id);
        const start = node.grad.data.map((g, i) => (all[0].before === 0 ? 0 : g - sum(all, (a) => a.data[i])));
        const before = start.map((s, i) => s + sum(earlier, (a) => a.data[i]));
        return h("div", { class: "sum" }, part("before", heat(before, node.shape)), sign("+"), part("added", heat(added.data, node.shape)),
            sign("="), part("after", heat(before.map((x, i) => x + added.data[i]), node.shape)));
    }
    return h("div", { class: "sum" }, part("length before", format(added.before)), sign("+"), part("of what is added", format(added.norm)),
        sign("\u2192"), part("length after", format(added.after)));
}

function backwardView(node) {
    return [
        h("p", {}, "Its gradient is whole: all that took it have been visited. Now its backward gives each input its part."),
        h("h3", {}, "its gradient"), node.grad.data ? heat(node.grad.data, node.shape) : histogram(node.grad),
        h("p", { class: "meta" }, `length ${format(norm(node.grad))}`),
        ...node.added.flatMap((a) => [h("h3", {}, "to ", link(a.to)), accumulation(a.to, { ...a, from: node.id })]),
        ...(node.added.length === 0 ? [h("p", { class: "meta" }, T.watched ? "None of its inputs needs a gradient." : "Nobody looked on as this step ran, so what was added is not known.")] : []),
    ];
}

function forwardView(node) {
    const view = (stat, shape) => (stat.data ? heat(stat.data, shape) : histogram(stat));
    return [
        ...[...new Set(node.in)].flatMap((x) => [h("h3", {}, "takes ", link(x)), view(nodeOf(x).value, nodeOf(x).shape)]),
        h("h3", {}, "makes"), view(node.value, node.shape), h("p", { class: "meta" }, `root mean square ${format(rms(node.value))}`),
    ];
}

function showStepPanel() {
    const { id, backward } = steps[position - 1];
    const node = nodeOf(id), path = T.modules[node.module].path;
    panel.replaceChildren(
        h("p", { class: "tag" }, backward ? `back ${position - forwardSteps} of ${T.order.length}` : `forward ${position} of ${forwardSteps}`),
        h("h2", {}, titleOf(id)),
        h("p", { class: "meta" }, `${node.op} n${id} \u00b7 ${shapeText(node)}${path ? ` \u00b7 in ${path}` : ""}`),
        formulaOf(node.equation, backward ? 1 : 0),
        ...(backward ? backwardView(node) : forwardView(node)),
        ...(node.site ? sourceOf(node.site) : []));
}

async function setPosition(p) {
    position = Math.max(0, Math.min(steps.length, p));
    const step = steps[position - 1];
    if (step && byId("follow").checked && reveal(step.id)) {
        await draw();
    } else {
        showStep();
    }
    if (step) {
        centre(element(keyOf(step.id)));
    }
    showPanel();
    saveHash();
}
