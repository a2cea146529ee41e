// Emoji: one sheet a style and the table of concepts (names, tags and groups in English and Chinese).
import fs from 'node:fs';
import path from 'node:path';
import { renderAll } from './render.mjs';
import { writeSheet, writeTable } from './sheet.mjs';

const CELL = 48;
const STYLES = {
  noto: '@iconify-json/noto',
  twemoji: '@iconify-json/twemoji',
  fluent: '@iconify-json/fluent-emoji',
  'fluent-flat': '@iconify-json/fluent-emoji-flat',
  'noto-v1': '@iconify-json/noto-v1',
  fxemoji: '@iconify-json/fxemoji',
  emojione2: '@iconify-json/emojione',
};
const LEFT_OUT = ['component', 'flags'];
const NOT_CORE = ['people-body', 'symbols', 'flags'];

// emojibase's own Chinese group names are those of a keyboard menu ("wild life" for animals and nature); these are ours.
const GROUPS = [
  ['smileys-emotion', 'smileys and emotion', '表情与情感'],
  ['people-body', 'people and body', '人物与身体'],
  ['animals-nature', 'animals and nature', '动物与自然'],
  ['food-drink', 'food and drink', '食物与饮料'],
  ['travel-places', 'travel and places', '旅行与地点'],
  ['activities', 'activities', '活动'],
  ['objects', 'objects', '物品'],
  ['symbols', 'symbols', '符号'],
];

const readJson = (...names) => JSON.parse(fs.readFileSync(path.join(...names)));
const bareCode = (code) => code.toLowerCase().replaceAll('-fe0f', '');
const slug = (name) => name.normalize('NFD').toLowerCase().replace(/[\u0300-\u036f’“”‘.,:!()&]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');

// The concepts in Unicode's order: emojibase entries without flags and without parts such as hair and skin colours.
export function readConcepts(modules) {
  const base = path.join(modules, 'emojibase-data');
  const { groups, subgroups } = readJson(base, 'meta/groups.json'), unicode = readJson(base, 'meta/unicode-names.json');
  const chinese = new Map(readJson(base, 'zh/data.json').map((e) => [e.hexcode, e]));
  return readJson(base, 'en/data.json')
    .filter((e) => e.group !== undefined && !LEFT_OUT.includes(groups[e.group]))
    .sort((a, b) => a.order - b.order)
    .map((e) => ({
      code: e.hexcode, en: e.label, tagsEn: e.tags ?? [],
      zh: chinese.get(e.hexcode).label, tagsZh: chinese.get(e.hexcode).tags ?? [],
      group: groups[e.group], subgroup: subgroups[e.subgroup],
      names: [slug(e.label), slug(unicode[e.hexcode] ?? '')],
    }));
}

// The icons of a package by concept code. Packages with chars.json say which icon draws which code. For the others an icon
// belongs to a concept when it carries the name that noto, twemoji or fluent-flat give to it, or its CLDR or Unicode name;
// fxemoji writes names without hyphens, and some in its own way: fxemoji-names.tsv has those, checked by eye.
function matchIcons(style, concepts, packages, exceptions) {
  const { icons, aliases = {} } = packages[style].data;
  const resolve = (name) => (icons[name] ? name : aliases[name] ? name : undefined);
  const bare = style === 'fxemoji' ? new Map(Object.keys(icons).map((n) => [n.replaceAll('-', ''), n])) : new Map();
  const taken = new Set(), found = new Map();
  for (const c of concepts) {
    const code = bareCode(c.code), own = packages[style].chars[code];
    const names = own ? [own] : [...['fluent-flat', 'noto', 'twemoji'].map((s) => packages[s].chars[code]), ...c.names].filter(Boolean);
    const listed = style === 'fxemoji' && exceptions.get(c.code);
    const name = listed || names.map((n) => resolve(n) ?? bare.get(n.replaceAll('-', ''))).find((n) => n && !taken.has(n));
    if (!name || (style === 'fxemoji' && !listed && [...exceptions.values()].includes(name))) continue;
    taken.add(name);
    found.set(c.code, name);
  }
  return found;
}

// The SVG text of an icon; an alias may mirror or turn its parent (iconify's format).
function svgOf({ icons, aliases = {}, ...sheet }, name) {
  const alias = aliases[name], icon = { ...sheet, ...(alias ? { ...icons[alias.parent], ...alias } : icons[name]) };
  if (icon.body.includes(' class="') && !icon.body.includes('<style')) throw new Error('its style sheet is missing, all would be black');
  const { left = 0, top = 0, width = 16, height = 16 } = icon;
  const middleX = left + width / 2, middleY = top + height / 2;
  const flip = `scale(${icon.hFlip ? -1 : 1} ${icon.vFlip ? -1 : 1})`;
  const move = `translate(${middleX} ${middleY}) rotate(${90 * (icon.rotate ?? 0)}) ${flip} translate(${-middleX} ${-middleY})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${left} ${top} ${width} ${height}"><g transform="${move}">${icon.body}</g></svg>`;
}

function readPackages(modules) {
  const packages = {};
  for (const [style, name] of Object.entries(STYLES)) {
    const chars = Object.entries(readJson(modules, name, 'chars.json')).map(([code, icon]) => [bareCode(code), icon]);
    packages[style] = { data: readJson(modules, name, 'icons.json'), chars: Object.fromEntries(chars) };
  }
  return packages;
}

export async function buildEmoji(modules, out, here, report) {
  const concepts = readConcepts(modules), packages = readPackages(modules);
  const exceptions = new Map(fs.readFileSync(path.join(here, 'fxemoji-names.tsv'), 'utf8').trim().split('\n').slice(1).map((l) => l.split('\t')));
  const drawn = new Map();
  for (const style of Object.keys(STYLES)) {
    const icons = matchIcons(style, concepts, packages, exceptions);
    const jobs = concepts.filter((c) => icons.has(c.code)).map((c) => ({
      name: `${style} ${c.code} ${c.en}`, row: [c.code], svg: () => svgOf(packages[style].data, icons.get(c.code)),
    }));
    const { pictures, failures } = await renderAll(jobs, CELL);
    drawn.set(style, new Set(writeSheet(path.join(out, `emoji/${style}_${CELL}`), CELL, ['code'], jobs, pictures).map(([code]) => code)));
    report(`emoji/${style}_${CELL}`, jobs.length, failures);
  }
  const shown = concepts.filter((c) => [...drawn.values()].some((codes) => codes.has(c.code)));
  writeTable(path.join(out, 'emoji/concepts.tsv'), ['code', 'en', 'tags_en', 'zh', 'tags_zh', 'group', 'subgroup'],
    shown.map((c) => [c.code, c.en, c.tagsEn.join(', '), c.zh, c.tagsZh.join(', '), c.group, c.subgroup]));
  writeTable(path.join(out, 'emoji/groups.tsv'), ['group', 'en', 'zh'], GROUPS);

  const others = [...drawn].filter(([style]) => style !== 'noto').map(([, codes]) => codes);
  const core = shown.filter((c) => !NOT_CORE.includes(c.group) && drawn.get('noto').has(c.code));
  const shared = core.filter((c) => others.some((codes) => codes.has(c.code)));
  console.log(`emoji: ${shown.length} concepts; core set (without ${NOT_CORE.join(', ')}) in noto: ${core.length}, of them in another style: ${shared.length}`);
}
