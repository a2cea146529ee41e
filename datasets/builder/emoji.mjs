// Emoji: one sheet a style, and the table of concepts (names, tags and groups in English and Chinese).
import path from 'node:path';
import { matchIcons, readIconSet, readJson, svgOf } from './icons.mjs';
import { renderAll } from './render.mjs';
import { readTable, writeSheet, writeTable } from './sheet.mjs';

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
const NAMING_STYLES = ['fluent-flat', 'noto', 'twemoji'];
const LEFT_OUT = ['component', 'flags'];
const NOT_CORE = ['people-body', 'symbols'];

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

// The concepts in Unicode's order: emojibase's entries without flags and without parts such as skin and hair colours.
function readConcepts(base) {
  const { groups, subgroups } = readJson(base, 'meta/groups.json');
  const unicodeNames = readJson(base, 'meta/unicode-names.json');
  const chinese = new Map(readJson(base, 'zh/data.json').map((e) => [e.hexcode, e]));
  return readJson(base, 'en/data.json')
    .filter((e) => e.group !== undefined && !LEFT_OUT.includes(groups[e.group]))
    .sort((a, b) => a.order - b.order)
    .map((e) => ({
      code: e.hexcode,
      en: e.label,
      tagsEn: e.tags ?? [],
      zh: chinese.get(e.hexcode).label,
      tagsZh: chinese.get(e.hexcode).tags ?? [],
      group: groups[e.group],
      subgroup: subgroups[e.subgroup],
      names: [e.label, unicodeNames[e.hexcode] ?? ''],
    }));
}

// Renders one style into name.png and name.tsv; returns the codes drawn, how many were asked for, and the failures.
async function drawStyle(concepts, set, icons, name) {
  const jobs = concepts
    .filter((c) => icons.has(c.code))
    .map((c) => ({
      name: `${c.code} ${c.names[0]}`,
      row: [c.code],
      svg: () => svgOf(set, icons.get(c.code)),
    }));
  const { pictures, failures } = await renderAll(jobs, CELL);
  const rows = writeSheet(name, CELL, ['code'], jobs, pictures);
  return { codes: new Set(rows.map(([code]) => code)), asked: jobs.length, failures };
}

function printCoreSet(shown, drawn) {
  const others = Object.keys(STYLES).filter((style) => style !== 'noto');
  const core = shown.filter((c) => !NOT_CORE.includes(c.group) && drawn.noto.has(c.code));
  const shared = core.filter((c) => others.some((style) => drawn[style].has(c.code)));
  console.log(
    `emoji: ${shown.length} concepts; the core set (without ${NOT_CORE.join(', ')}) has ${core.length} in noto, ` +
      `${shared.length} of them in another style too`,
  );
}

// Names that mislead: fxemoji has its own for many pictures, and a cricket was a bat and a ball before it was an insect.
// Every pair was checked by eye.
const exceptionsOf = (style) =>
  new Map(
    readTable(new URL('icon-names.tsv', import.meta.url))
      .filter((row) => row.style === style)
      .map(({ code, icon }) => [code, icon]),
  );

export async function buildEmoji(modules, out, report) {
  const concepts = readConcepts(path.join(modules, 'emojibase-data'));
  const sets = Object.fromEntries(
    Object.entries(STYLES).map(([style, name]) => [style, readIconSet(modules, name)]),
  );
  const drawn = {};
  for (const [style, set] of Object.entries(sets)) {
    const icons = matchIcons(
      concepts,
      set,
      NAMING_STYLES.map((s) => sets[s]),
      exceptionsOf(style),
    );
    const sheet = `emoji/${style}_${CELL}`;
    const { codes, asked, failures } = await drawStyle(concepts, set, icons, path.join(out, sheet));
    drawn[style] = codes;
    report(sheet, asked, failures);
  }
  const shown = concepts.filter((c) => Object.values(drawn).some((codes) => codes.has(c.code)));
  writeTable(
    path.join(out, 'emoji/concepts.tsv'),
    ['code', 'en', 'tags_en', 'zh', 'tags_zh', 'group', 'subgroup'],
    shown.map((c) => [c.code, c.en, c.tagsEn.join(', '), c.zh, c.tagsZh.join(', '), c.group, c.subgroup]),
  );
  writeTable(path.join(out, 'emoji/groups.tsv'), ['group', 'en', 'zh'], GROUPS);
  printCoreSet(shown, drawn);
}

const FETCHED = { openmoji: '@iconify-json/openmoji', emojione1: '@iconify-json/emojione-v1' };
const shippedConcepts = () =>
  readTable(new URL('../emoji/concepts.tsv', import.meta.url)).map(({ code, en }) => ({ code, names: [en] }));

// A further style, for the shipped concepts.
export async function fetchEmoji(packages, out, part) {
  const concepts = shippedConcepts();
  const set = readIconSet(packages, FETCHED[part]);
  const naming = set.chars.size ? [] : [readIconSet(packages, STYLES.noto)];
  const { codes, failures } = await drawStyle(
    concepts,
    set,
    matchIcons(concepts, set, naming, exceptionsOf(part)),
    path.join(out, `${part}_${CELL}`),
  );
  console.log(`${part}: ${codes.size} pictures, ${failures.length} skipped`);
}
