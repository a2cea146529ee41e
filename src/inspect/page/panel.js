// panel.js: what is told of a tensor, of a module, of the whole step.

const panel = byId("panel");
let selected = null; // "n7", "m3" or null

const link = (id, text) => h("button", { type: "button", class: "link", onclick: () => goTo(id) }, text ?? `${titleOf(id)} ${shapeText(nodeOf(id))}`);

function links(ids) {
    return ids.flatMap((id, i) => [i ? ", " : "", link(id)]);
}

function sourceOf(site) {
    const lines = T.sources?.lines[site];
    const [path, line] = site.split(":");
    const where = T.sources ? h("a", { href: `${T.sources.root}${path}#L${line}` }, site) : site;
    const code = lines ? h("code", { class: "source", "aria-label": "source" }, lines.text.map((text, i) => {
        const number = String(lines.first + i).padStart(4);
        return lines.first + i === Number(line) ? h("b", {}, `${number}  ${text}\n`) : `${number}  ${text}\n`;
    })) : null;
    return [h("p", { class: "meta" }, where), code];
}

function reasonsView(id) {
    const reasons = reasonsFor(id);
    return reasons.length === 0 ? [] : [h("h3", {}, "why?"), ...reasons.map((reason) =>
        h("p", { class: `because${reason.bad ? " bad" : ""}` }, reason.text, reason.nodes.length ? ": " : ".", links(reason.nodes)))];
}

// Whose contributions a gradient is the sum of.
function fanOut(id) {
    const added = contributionsTo(id);
    if (added.length === 0) {
        return [];
    }
    const rows = added.map((a) => ({ label: link(a.from, titleOf(a.from)), share: a.share, text: `${percent(a.share)}  |${format(a.norm)}|` }));
    return [h("h3", {}, added.length === 1 ? "its gradient came from" : `its gradient is the sum of ${added.length}`), bars(rows),
        added.length > 1 ? h("p", { class: "meta" }, "Shares are measured along the whole gradient and make 100 %; |\u00b7| is the length of what was added.") : null];
}

function comparison(id) {
    if (!comparable()) {
        return [];
    }
    const [a, b] = [nodeOf(id), other.nodes[id]];
    return [h("h3", {}, "against the other trace"),
        h("p", {}, `values lie ${format(statApart(a.value, b.value))} apart, gradients ${format(statApart(a.grad, b.grad))} (relative to the larger)`)];
}

function showNode(id) {
    const node = nodeOf(id), versus = comparable() ? other.nodes[id] : null;
    const path = T.modules[node.module].path;
    panel.replaceChildren(
        h("h2", {}, titleOf(id)),
        h("p", { class: "meta" }, `${node.kind === "op" ? node.op : node.kind} n${id} \u00b7 ${shapeText(node)}${path ? ` \u00b7 in ${path}` : ""}`),
        ...(node.site ? sourceOf(node.site) : []),
        ...(node.kind === "op" ? [h("h3", {}, "forward"), formulaOf(node.equation, 0), h("h3", {}, "backward"), formulaOf(node.equation, 1)] : []),
        ...reasonsView(id),
        ...comparison(id),
        h("h3", {}, "value"), ...statView(node.value, node.shape, versus?.value),
        ...(node.grad ? [h("h3", {}, "gradient"), ...statView(node.grad, node.shape, versus?.grad)] : []),
        ...fanOut(id),
        ...(node.in.length ? [h("h3", {}, "takes"), h("p", {}, links([...new Set(node.in)]))] : []),
        ...(T.consumers[id].length ? [h("h3", {}, "taken by"), h("p", {}, links(T.consumers[id]))] : []),
        ...(T.watched && node.kind === "op" ? [h("h3", {}, "cost"), h("table", { class: "numbers" }, h("tbody", {},
            h("tr", {}, h("th", {}, "forward"), h("td", {}, seconds(node.forward))),
            h("tr", {}, h("th", {}, "backward"), h("td", {}, seconds(node.backward))),
            h("tr", {}, h("th", {}, "value kept"), h("td", {}, bytes(node.value.n * T.bytes))),
            h("tr", {}, h("th", {}, "kept for backward besides"), h("td", {}, bytes(node.saved)))))] : []));
}

function showModule(m) {
    const members = membersOf(`m${m}`), params = members.filter((node) => node.kind === "parameter");
    const run = isRun(m) && !unrolled.has(T.modules[m].run);
    const button = (text, action) => h("button", { type: "button", onclick: action }, text);
    panel.replaceChildren(
        h("h2", {}, boxTitle(m)),
        h("p", { class: "meta" }, `closed module ${T.modules[m].path}`),
        h("p", {}, button(run ? `show the ${T.modules[m].run_length} one by one` : "open it", () => openBox(m)), " ",
            isRun(m) && !run ? button(`fold the ${T.modules[T.modules[m].run].run_length} equal blocks`, () => foldRun(m)) : null),
        h("table", { class: "numbers" }, h("tbody", {},
            h("tr", {}, h("th", {}, "ops"), h("td", {}, String(members.filter((node) => node.kind === "op").length))),
            h("tr", {}, h("th", {}, "parameters"), h("td", {}, `${params.length} of ${sum(params, (node) => node.value.n)} numbers`)),
            h("tr", {}, h("th", {}, "length of their gradient"), h("td", {}, format(Math.sqrt(sum(params, (node) => node.grad?.squares ?? 0))))),
            T.watched ? h("tr", {}, h("th", {}, "memory kept"), h("td", {}, bytes(measures.memory.of(members)))) : null,
            T.watched ? h("tr", {}, h("th", {}, "time"), h("td", {}, seconds(measures.time.of(members)))) : null)),
        ...(members.some(isBad) ? reasonsView(members.find(isBad).id) : []));
}

// The tensors that differ most, and the first of each pass.
function differences() {
    if (other === null) {
        return [];
    }
    if (!comparable()) {
        const at = firstOther(T, other);
        return [h("h3", {}, "the other trace"), h("p", { class: "because bad" }, `is of another structure, from tensor ${at} on: `,
            at < T.nodes.length ? link(at) : "it has more tensors", ".")];
    }
    const far = T.nodes.map((node) => ({ id: node.id, far: apart(node.id) })).filter((x) => x.far > 1e-5);
    if (far.length === 0) {
        return [h("h3", {}, "the other trace"), h("p", {}, "No tensor differs by more than 0.00001 of its size.")];
    }
    const firstValue = T.nodes.find((node) => statApart(node.value, other.nodes[node.id].value) > 1e-5);
    const firstGrad = T.order.find((id) => statApart(nodeOf(id).grad, other.nodes[id].grad) > 1e-5);
    far.sort((a, b) => b.far - a.far);
    return [h("h3", {}, `against the other trace: ${far.length} of ${T.nodes.length} tensors differ`),
        h("p", {}, "first value that differs: ", firstValue ? link(firstValue.id) : "none"),
        h("p", {}, "first gradient, going back: ", firstGrad === undefined ? "none" : link(firstGrad)),
        h("p", {}, "most:"),
        h("ul", { class: "list" }, far.slice(0, 12).map((x) => h("li", {}, link(x.id), ` ${format(x.far)}`)))];
}

function firstBad() {
    const bad = T.nodes.find((node) => isBad(node) && node.kind !== "input") ?? null;
    return bad === null ? [] : [h("h3", {}, "NaN or infinity"), h("p", {}, "in ", link(T.loss !== null && isBad(nodeOf(T.loss)) ? T.loss : bad.id)), ...whyNonfinite(T.loss !== null && isBad(nodeOf(T.loss)) ? nodeOf(T.loss) : bad).map((reason) =>
        h("p", { class: "because bad" }, reason.text, reason.nodes.length ? ": " : ".", links(reason.nodes)))];
}

function showOverview() {
    const dead = drawnNodes().filter((node) => node.kind === "parameter" && isDead(node));
    panel.replaceChildren(
        h("h2", {}, "This step"),
        h("p", {}, "Values flow upwards, from inputs and parameters to the loss; gradients come back down. Select a box for its numbers, its formula and its line of C; open a closed module with a second click; step through the tape with \u2190 and \u2192."),
        ...firstBad(),
        ...differences(),
        ...(T.shares.some((s) => s.share > 0) ? [h("h3", {}, "share of the squared gradient"),
            bars(T.shares.map((s) => ({ label: h("span", {}, s.module), share: s.share, text: percent(s.share) })))] : []),
        ...(dead.length ? [h("h3", {}, "parameters without a gradient"), h("ul", { class: "list" }, dead.slice(0, 20).map((node) => h("li", {}, link(node.id))))] : []),
        ...(T.watched ? [h("h3", {}, "cost"), h("p", {}, `${bytes(measures.memory.of(T.nodes))} kept for the backward pass, ${seconds(measures.time.of(T.nodes))} in all ops`)] : []));
}

function showPanel() {
    if (position > 0) {
        showStepPanel();
    } else if (selected === null) {
        showOverview();
    } else {
        (selected[0] === "n" ? showNode : showModule)(Number(selected.slice(1)));
    }
    panel.scrollTop = 0;
}
