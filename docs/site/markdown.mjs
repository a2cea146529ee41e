// markdown.mjs: Markdown as GitHub reads it, with formulas set by KaTeX, marks of excerpts turned into links to the source, and a
// formula beside the code that follows it.
import katex from "katex";
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";

export function makeMarkdown({ highlight, headings, link, source, figure, error }) {
    const md = new MarkdownIt({ html: true, linkify: false, highlight: (code, language) => highlight(code, language) });
    md.use(cjkFriendly);

    const tex = (text, displayMode) => {
        try {
            return katex.renderToString(text, { displayMode, throwOnError: true, strict: "error" });
        } catch (e) {
            error(`${e.message} in the formula ${text}`);
            return "";
        }
    };

    // $`…`$ and $…$ as on GitHub: an opening $ has no letter or digit before it and no space after it, a closing one the reverse.
    md.inline.ruler.before("escape", "math", (state, silent) => {
        const rest = state.src.slice(state.pos);
        const before = state.src[state.pos - 1] ?? " ";
        const match = rest.match(/^\$`([^`]+)`\$/) ?? (/[\w$\\]/.test(before) ? null : rest.match(/^\$(?![\s$])((?:[^$\\]|\\.)*?[^\s\\])\$(?![\w$])/));
        if (!match) {
            return false;
        }
        if (!silent) {
            state.push("math_inline", "", 0).content = match[1];
        }
        state.pos += match[0].length;
        return true;
    });
    md.renderer.rules.math_inline = (tokens, i) => tex(tokens[i].content, false);

    const fence = md.renderer.rules.fence;
    md.renderer.rules.fence = (tokens, i, options, env, self) =>
        tokens[i].info.trim() === "math"
            ? `<div class="math">${tex(tokens[i].content, true)}</div>\n`
            : `<div class="code">${tokens[i].meta?.title ?? ""}${fence(tokens, i, options, env, self)}</div>\n`;

    // Marks: <!-- code: file#name --> titles the next block; <!-- eq: id --> is the place that an equation's links lead to.
    md.renderer.rules.html_block = (tokens, i) => {
        const equation = tokens[i].content.match(/^<!-- eq: (\w+) -->/);
        return equation ? `<a id="eq-${equation[1]}"></a>\n` : tokens[i].content.startsWith("<!--") ? "" : tokens[i].content;
    };
    md.core.ruler.push("excerpts", (state) => {
        state.tokens.forEach((token, i) => {
            const mark = token.type === "html_block" && token.content.match(/^<!-- code: (\S+) -->/);
            const block = state.tokens[i + 1];
            if (mark && block?.type === "fence") {
                const { href, text } = source(mark[1]);
                block.meta = { title: `<a class="from" href="${href}">${text}</a>` };
            }
        });
    });
    // A formula and the code right after it stand side by side where the window is wide.
    md.core.ruler.push("pairs", (state) => {
        const html = (content) => Object.assign(new state.Token("html_inline", "", 0), { content });
        const paired = [];
        for (let i = 0; i < state.tokens.length; i++) {
            const [formula, mark, code] = state.tokens.slice(i, i + 3);
            const isPair = formula.type === "fence" && formula.info.trim() === "math" && mark?.content?.startsWith("<!-- code:") && code?.type === "fence";
            if (isPair) {
                paired.push(html('<div class="pair">\n'), formula, code, html("</div>\n"));
                i += 2;
            } else {
                paired.push(formula);
            }
        }
        state.tokens = paired;
    });

    md.renderer.rules.heading_open = (tokens, i, options, env, self) => {
        const words = tokens[i + 1].content.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, "").trim().replace(/ /g, "-");
        let id = words;
        for (let n = 1; headings.used?.has(id); n++) {
            id = `${words}-${n}`;
        }
        (headings.used ??= new Set()).add(id);
        tokens[i].attrSet("id", id);
        if (tokens[i].tag === "h2") {
            headings.push({ id, html: md.renderInline(tokens[i + 1].content) });
        }
        return self.renderToken(tokens, i, options);
    };
    md.renderer.rules.link_open = (tokens, i, options, env, self) => {
        const href = link(tokens[i].attrGet("href"));
        tokens[i].attrs = href === null ? [] : [["href", href]];
        return self.renderToken(tokens, i, options);
    };
    md.renderer.rules.image = (tokens, i) => figure(tokens[i].attrGet("src"), tokens[i].content);
    md.renderer.rules.table_open = () => '<div class="table"><table>\n';
    md.renderer.rules.table_close = () => "</table></div>\n";
    return md;
}
