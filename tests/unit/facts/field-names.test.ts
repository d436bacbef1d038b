/** docs/field_names.md against both of its sides: what the codec reads, and what facts are made of. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { envelopeSchema } from '../../../streams/facts/envelope.ts';
import { instrumentSchema } from '../../../streams/facts/instrument.ts';
import { factJsonSchemas } from '../../../streams/facts/registry.ts';
import { projectRoot } from '../../house/sources.ts';

const names = suite('field names');

interface Section {
  readonly title: string;
  /** Source file of the codec. */
  readonly file: string;
  readonly factTypes: readonly string[];
  readonly rows: readonly { readonly venue: string; readonly ours: readonly string[] }[];
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

function sections(): Section[] {
  const text = readFileSync(`${projectRoot}/docs/field_names.md`, 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const prose = part.split('\n|')[0] ?? '';
      const rows = [...part.matchAll(/^\| `(\S+)` \| (.+?) \|/gm)].map(
        ([, venue = '', ours = '']) => ({
          venue,
          ours: quoted(ours),
        }),
      );
      const words = quoted(prose);
      return {
        title: part.split('\n')[0] ?? '',
        file: words.find((word) => word.startsWith('streams/')) ?? '',
        factTypes: words.filter((word) =>
          /^(instrument|market|order|fill|position)\.\w+$/.test(word),
        ),
        rows,
      };
    });
}

/** Names of the venue that a codec file reads: `row.name`, `'name'` of a field reader, `"name":`. */
function namesRead(file: string): Set<string> {
  const text = readFileSync(`${projectRoot}/${file}`, 'utf8');
  const found = new Set<string>();
  const forms = [
    /\b(?:row|raw|data|band|value|total)\.([a-zA-Z][a-zA-Z_0-9]*)\b(?!\()/g,
    /(?:requiredText\(row|At\((?:data|message|params)), '([a-zA-Z_]+)'/g,
    /"([a-z_]+)":/g,
    /path\(raw, \[([^\]]+)\]/g,
  ];
  for (const form of forms) {
    for (const [, name = ''] of text.matchAll(form)) {
      for (const word of name.split(',')) found.add(word.trim().replaceAll("'", ''));
    }
  }
  if (/requiredText\(row, 'instrument_name'|instrumentOfRow/.test(text))
    found.add('instrument_name');
  return found;
}

/** Not fields of the venue: parts of our own objects, and of the language. */
const ownNames: ReadonlySet<string> = new Set([
  'name',
  'expiry_us',
  'settlement_currency',
  'length',
]);

const all = sections();

names('the page has its sections, and each names its codec', () => {
  assert.is(all.length, 9);
  for (const { title, file, rows } of all) {
    assert.ok(file.length > 0, title);
    assert.ok(rows.length >= 6, title);
    assert.is(new Set(rows.map(({ venue }) => venue)).size, rows.length, `${title}: a name twice`);
  }
});

for (const file of new Set(all.map((section) => section.file))) {
  names(`every name that ${file} reads is in the table, and no other`, () => {
    const tabled = new Set(
      all
        .filter((section) => section.file === file)
        .flatMap(({ rows }) => rows.map((row) => row.venue)),
    );
    const read = namesRead(file);
    assert.ok(read.size >= 6, 'the names were found in the source');
    assert.equal([...read].filter((name) => !tabled.has(name) && !ownNames.has(name)).sort(), []);
    assert.equal([...tabled].filter((name) => !read.has(name)).sort(), [], 'gone from the codec');
  });
}

names('every name of ours is a field of the fact the section names', () => {
  const schemas = factJsonSchemas();
  const envelope = Object.keys(envelopeSchema.shape);
  for (const { title, factTypes, rows } of all) {
    assert.ok(factTypes.length > 0, title);
    const fields = new Set([
      ...envelope,
      ...(title === 'Instruments' ? Object.keys(instrumentSchema.shape) : []),
      ...factTypes.flatMap((type) => Object.keys((schemas[type]?.properties ?? {}) as object)),
      ...(title === 'Orders we send' ? ['target_order_id'] : []),
    ]);
    for (const { venue, ours } of rows) {
      for (const name of ours) assert.ok(fields.has(name), `${title}: ${venue} → ${name}`);
    }
  }
});

names.run();
