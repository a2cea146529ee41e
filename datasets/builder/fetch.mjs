// Converts the packages of one fetched part. Called by ../fetch as: node fetch.mjs PART PACKAGES OUT.
import { fetchEmoji } from './emoji.mjs';
import { fetchFashion } from './fashion.mjs';
import { fetchIconPark } from './iconpark.mjs';
import { fetchAmazon, fetchHedgewars, fetchValence } from './sentiment.mjs';
import { fetchTuxPaint } from './tuxpaint.mjs';

const convert = {
  openmoji: fetchEmoji,
  emojione1: fetchEmoji,
  iconpark: fetchIconPark,
  tuxpaint: fetchTuxPaint,
  'fashion-full': fetchFashion,
  amazon: fetchAmazon,
  valence: fetchValence,
  hedgewars: fetchHedgewars,
};

const [part, packages, out] = process.argv.slice(2);
try {
  await convert[part](packages, out, part);
} catch (error) {
  console.error(`${part}: ${error.message}`);
  process.exit(1);
}
