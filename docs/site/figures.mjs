// figures.mjs: an SVG becomes part of the page, so that its links and tooltips work; its ids get a prefix of their own, since drawings
// of one program use the same ones. Other pictures are copied.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const escape = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

function inline(file, prefix, alt, link) {
    return readFileSync(file, "utf8")
        .replace(/^[\s\S]*?(?=<svg)/, "")
        .replace(/\bid=(["'])([^"']+)\1/g, `id="${prefix}$2"`)
        .replace(/\b(xlink:href|href)=(["'])#([^"']+)\2/g, `$1="#${prefix}$3"`)
        .replace(/\bxlink:href="([^"#][^"]*)"/g, (_, href) => `xlink:href="${link(href)}"`)
        .replace(/url\((['"]?)#/g, `url($1#${prefix}`)
        .replace(/<svg /, `<svg role="img" aria-label="${escape(alt)}" `);
}

export function figure(file, alt, out, errors, page, link) {
    if (!existsSync(file)) {
        errors.push(`${page}: there is no figure ${file}`);
        return "";
    }
    if (!alt) {
        errors.push(`${page}: the figure ${file} has no words for those who do not see it`);
    }
    let picture;
    if (file.endsWith(".svg")) {
        picture = inline(file, `${basename(file, ".svg").replace(/\W/g, "-")}-`, alt, link);
    } else {
        const copy = join(out, "fig", basename(file));
        mkdirSync(dirname(copy), { recursive: true });
        cpSync(file, copy);
        picture = `<img src="fig/${basename(file)}" alt="${escape(alt)}">`;
    }
    return `<figure><div class="picture" tabindex="0">${picture}</div><figcaption>${escape(alt)}</figcaption></figure>`;
}
