// IconPark: line icons with names in English and titles, tags and categories in Chinese.
import path from 'node:path';
import { readJson, svgOf } from './icons.mjs';
import { renderAll } from './render.mjs';
import { writeSheet } from './sheet.mjs';

const CELL = 48;

export async function fetchIconPark(packages, out) {
  const set = { aliases: {}, ...readJson(packages, '@iconify-json/icon-park/icons.json') };
  const jobs = readJson(packages, '@icon-park/svg/icons.json')
    .filter(({ name }) => set.icons[name] || set.aliases[name])
    .map((icon) => ({
      name: icon.name,
      row: [
        icon.name,
        icon.name.replaceAll('-', ' '),
        icon.title,
        icon.tag.join(', '),
        icon.category,
        icon.categoryCN,
      ],
      svg: () => svgOf(set, icon.name),
    }));
  const { pictures, failures } = await renderAll(jobs, CELL);
  writeSheet(
    path.join(out, `iconpark_${CELL}`),
    CELL,
    ['name', 'en', 'zh', 'tags_zh', 'category', 'category_zh'],
    jobs,
    pictures,
  );
  console.log(`iconpark: ${jobs.length - failures.length} pictures, ${failures.length} skipped`);
}
