// Feelings in sentences, emoji and voices.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readTable, writeTable } from './sheet.mjs';

// amazon: sentence and label (1 positive, 0 negative), in the order of the file.
export function fetchAmazon(packages, out) {
  const text = fs.readFileSync(
    path.join(packages, 'wink-sentiment/test/data/amazon_cells_labelled.txt'),
    'utf8',
  );
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => /^(.*)\t([01])\s*$/.exec(line).slice(1));
  writeTable(path.join(out, 'sentences.tsv'), ['sentence', 'label'], rows);
  console.log(
    `amazon: ${rows.length} sentences, ${rows.filter(([, label]) => label === '1').length} positive`,
  );
}

const plain = (emoji) => emoji.replaceAll('\ufe0f', '');

// Each concept of a table (path or URL of concepts.tsv) with its emoji as other lists write it.
const readEmoji = (table) =>
  readTable(table).map((concept) => ({
    ...concept,
    emoji: plain(String.fromCodePoint(...concept.code.split('-').map((hex) => parseInt(hex, 16)))),
  }));

// What raters said, -5 to 5: emoji-emotion in the folder.
async function readRatings(folder) {
  const { emojiEmotion } = await import(pathToFileURL(path.resolve(folder, 'index.js')));
  return new Map(emojiEmotion.map(({ emoji, polarity }) => [plain(emoji), polarity]));
}

// The shipped part: for each concept that was rated as other than neutral, how positive it is.
export async function buildSentiment(modules, out) {
  const ratings = await readRatings(path.join(modules, 'emoji-emotion'));
  const rows = readEmoji(path.join(out, 'emoji/concepts.tsv'))
    .filter(({ emoji }) => ratings.get(emoji))
    .map(({ code, emoji }) => [code, ratings.get(emoji)]);
  writeTable(path.join(out, 'sentiment/faces.tsv'), ['code', 'rated'], rows);
  console.log(`sentiment: ${rows.length} emoji rated, ${rows.filter(([, rated]) => rated > 0).length} as positive`);
}

// valence: for each shipped emoji concept that was rated, -5 to 5 from tweets (Emoji Sentiment Ranking) and from emoji-emotion; and
// the same for English words, from raters (AFINN).
export async function fetchValence(packages, out) {
  const required = (file) => createRequire(import.meta.url)(path.resolve(packages, 'wink-sentiment/src', file));
  const fromTweets = new Map(Object.entries(required('emojis.js')).map(([emoji, score]) => [plain(emoji), score]));
  const rated = await readRatings(path.join(packages, 'emoji-emotion'));
  const rows = readEmoji(new URL('../emoji/concepts.tsv', import.meta.url))
    .filter(({ emoji }) => fromTweets.has(emoji) || rated.has(emoji))
    .map(({ code, emoji }) => [code, fromTweets.get(emoji), rated.get(emoji)]);
  writeTable(path.join(out, 'valence.tsv'), ['code', 'tweets', 'rated'], rows);
  const words = Object.entries(required('afinn-en-165.js')).sort(([a], [b]) => (a < b ? -1 : 1));
  writeTable(path.join(out, 'words.tsv'), ['word', 'valence'], words);
  console.log(
    `valence: ${rows.length} emoji, ${rows.filter(([, a, b]) => a !== undefined && b !== undefined).length} in both lists; ${words.length} words`,
  );
}

// hedgewars: clips/VOICE/UTTERANCE.ogg, and a label from the utterance's meaning (hedgewars-sentiment.tsv; not listed: 0).
export function fetchHedgewars(packages, out) {
  const meaning = new Map(
    readTable(new URL('hedgewars-sentiment.tsv', import.meta.url)).map((r) => [r.utterance, r.sentiment]),
  );
  const clips = path.join(out, 'clips');
  const rows = [];
  fs.mkdirSync(out, { recursive: true });
  fs.renameSync(path.join(packages, 'hedgewars-data/usr/share/games/hedgewars/Data/Sounds/voices'), clips);
  for (const voice of fs.readdirSync(clips).sort()) {
    const language = /_([a-z]{2})$/.exec(voice)?.[1] ?? 'en';
    for (const file of fs
      .readdirSync(path.join(clips, voice))
      .filter((f) => f.endsWith('.ogg'))
      .sort()) {
      const utterance = file.replace('.ogg', '');
      rows.push([`clips/${voice}/${file}`, voice, language, utterance, meaning.get(utterance) ?? '0']);
    }
  }
  writeTable(path.join(out, 'clips.tsv'), ['path', 'voice', 'language', 'utterance', 'sentiment'], rows);
  const count = (label) => rows.filter((row) => row[4] === label).length;
  console.log(
    `hedgewars: ${rows.length} clips, ${count('1')} positive, ${count('-1')} negative, ${count('0')} neutral`,
  );
}
