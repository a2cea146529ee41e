// Icon sets in iconify's JSON format: which icon draws which emoji, and its SVG text.
import fs from 'node:fs';
import path from 'node:path';

export const readJson = (...names) => JSON.parse(fs.readFileSync(path.join(...names), 'utf8'));

// Code points without the "draw me in colour" mark (FE0F), which sets and lists write or leave out as they like.
const bareCode = (code) => code.toLowerCase().replaceAll('-fe0f', '');
const bareName = (name) =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

// {icons, aliases, width, height, ..., chars: code -> icon name}
export function readIconSet(...names) {
  const chars = Object.entries(readJson(...names, 'chars.json')).map(([code, icon]) => [
    bareCode(code),
    icon,
  ]);
  return { aliases: {}, ...readJson(...names, 'icons.json'), chars: new Map(chars) };
}

// The icon of each concept {code, names}: code -> icon name. Some sets list the code of each icon. In the others an icon
// belongs to a concept when it has the name that one of `namingSets` gives to it, or one of the concept's own names.
// `exceptions` (code -> icon name, or "-" for none) goes first. No icon serves two concepts.
export function matchIcons(concepts, set, namingSets = [], exceptions = new Map()) {
  const byName = new Map(
    [...Object.keys(set.aliases), ...Object.keys(set.icons)].map((name) => [bareName(name), name]),
  );
  const found = new Map();
  const taken = new Set(exceptions.values());
  for (const { code, names } of concepts) {
    const otherNames = namingSets.map((s) => s.chars.get(bareCode(code)) ?? '');
    const candidates = [...otherNames, ...names].map((name) => byName.get(bareName(name)));
    const icon =
      exceptions.get(code) ??
      set.chars.get(bareCode(code)) ??
      candidates.find((name) => name && !taken.has(name));
    if (!icon || icon === '-') continue;
    taken.add(icon);
    found.set(code, icon);
  }
  return found;
}

// The SVG text of an icon. An alias draws its parent, perhaps mirrored or turned.
export function svgOf({ icons, aliases, ...sizes }, name) {
  const alias = aliases[name];
  const {
    left = 0,
    top = 0,
    width = 16,
    height = 16,
    hFlip,
    vFlip,
    rotate = 0,
    body,
  } = {
    ...sizes,
    ...(alias ? icons[alias.parent] : icons[name]),
    ...alias,
  };
  if (body.includes(' class="') && !body.includes('<style'))
    throw new Error('its style sheet is missing, all would be black');
  const x = left + width / 2;
  const y = top + height / 2;
  const turn = `translate(${x} ${y}) rotate(${90 * rotate}) scale(${hFlip ? -1 : 1} ${vFlip ? -1 : 1}) translate(${-x} ${-y})`;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}"><g transform="${turn}">${body}</g></svg>`
  );
}
