/** The documents are held to the truth: links, commands, generated pages, snapshots, the stage. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CommandDoc, commandDocs } from '../../daemon/cli/program.ts';
import type { CommandEnvironment } from '../../daemon/cli/terminal.ts';
import { healthSchema, statusSchema } from '../../daemon/http/status-schema.ts';
import { type DrillRecord, renderMarkdown } from '../drills/drill-report.ts';
import {
  anchorsOf,
  inlineCommands,
  type MarkdownPage,
  markdownPages,
  relativeLinks,
  shellCommands,
} from './markdown-pages.ts';
import { generatedPages } from './reference/pages.ts';
import { projectRoot } from './sources.ts';

const docs = suite('docs');
const pages = markdownPages();
const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

function pageAt(path: string): MarkdownPage {
  const page = pages.find((candidate) => candidate.path === path);
  assert.ok(page !== undefined, `${path} exists`);
  return page as MarkdownPage;
}

docs('every relative link leads to a file, and to a heading where it names one', () => {
  const links = pages.flatMap(relativeLinks);
  assert.ok(links.length > 80, 'the rule looked at the links');
  const broken = links.filter(({ to, anchor }) => {
    if (!existsSync(join(projectRoot, to))) return true;
    return anchor !== undefined && !anchorsOf(pageAt(to)).has(anchor);
  });
  assert.equal(
    broken.map(
      ({ from, to, anchor }) => `${from} → ${to}${anchor === undefined ? '' : `#${anchor}`}`,
    ),
    [],
  );
});

docs('every page under docs stands in its index', () => {
  const listed = new Set(relativeLinks(pageAt('docs/README.md')).map(({ to }) => to));
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md' && !listed.has(path));
  assert.equal(missing, [], 'give each a row in docs/README.md');
});

const noPorts: CommandEnvironment = {
  terminal: {
    out: () => undefined,
    note: () => undefined,
    live: () => undefined,
    isInteractive: false,
    columns: 80,
  },
  get ports(): CommandEnvironment['ports'] {
    throw new Error('listing the commands needs no ports');
  },
  environment: {},
  packageRoot: projectRoot,
  workingDirectory: projectRoot,
  json: false,
};

/** `oracle verify` of `oracle verify <world>`. */
const nameOf = ({ name }: CommandDoc): string => name.replace(/ <.*/, '');

/** The command of ours that a line runs; undefined: there is no such command. */
function ourCommand(line: string, commands: readonly CommandDoc[]): CommandDoc | undefined {
  const words = line.replace(/^npx /, '').split(/\s+/).slice(1);
  const candidates = [words.slice(0, 2).join(' '), words[0]];
  return commands.find((command) => candidates.includes(nameOf(command)));
}

docs('every command of ours in a page exists, with its options', () => {
  const commands = commandDocs(noPorts);
  const lines = pages
    .flatMap((page) => [...shellCommands(page), ...inlineCommands(page)])
    .filter((line) => /^(npx )?holdfast /.test(line));
  assert.ok(lines.length > 40, 'the rule looked at the commands');
  const wrong = lines.filter((line) => {
    const command = ourCommand(line, commands);
    if (command === undefined) return true;
    const known = command.options.map(({ flags }) => flags).join(' ');
    const used = [...line.matchAll(/(?<=\s)--[a-z-]+/g)].map(([option]) => option);
    return used.some((option) => option !== '--json' && !known.includes(option));
  });
  assert.equal(wrong, []);
});

docs('every npm script in a page exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const used = pages
    .flatMap((page) => [...shellCommands(page), ...inlineCommands(page)])
    .map((line) => /^npm (?:run (?:--silent )?([\w:-]+)|(test|start)\b)/.exec(line))
    .filter((match) => match !== null)
    .map((match) => match[1] ?? match[2] ?? '');
  assert.ok(used.length > 20, 'the rule looked at the scripts');
  assert.equal(
    [...new Set(used)].filter((name) => scripts[name] === undefined),
    [],
  );
});

for (const [path, page] of Object.entries(generatedPages)) {
  docs(`${path} is up to date (npm run docs)`, () => {
    assert.ok(read(path) === page(), 'the page differs from what the code says: npm run docs');
  });
}

docs('the snapshots of the health page are answers of the status port', () => {
  const blocks = pageAt('docs/health_endpoint.md').fences.filter(
    ({ language }) => language === 'json',
  );
  const [health, status] = blocks.map(({ text }) => JSON.parse(text) as unknown);
  assert.is(blocks.length, 2);
  assert.is(healthSchema.parse(health).ok, true);
  assert.is(statusSchema.parse(status).trading_mode, 'Active');
});

docs('the drill record passed, and its page is what the record says', () => {
  const record = JSON.parse(read('evidence/phase0/break_glass_drill.json')) as DrillRecord;
  assert.ok(record.checks.length > 20);
  assert.equal(
    record.checks.filter(({ ok }) => !ok),
    [],
  );
  assert.is(read('evidence/phase0/break_glass_drill.md'), renderMarkdown(record));
});

docs('the decision on dependencies lists those of the package, with their versions', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  const page = read('docs/adr/0006-dependencies.md');
  const table = page.slice(page.indexOf('## What there is'), page.indexOf('## Consequences'));
  const listed = [...table.matchAll(/(?<=[|,] )`([@a-z][^`]*)` (\d+\.\d+\.\d+)/g)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
  const installed = Object.entries({ ...dependencies, ...optionalDependencies });
  assert.equal(listed.sort(), installed.map(([name, version]) => `${name} ${version}`).sort());
});

const stagePattern =
  /\b(current|project('s)?) stage\b[^.\n]*\b(DEV|STAGING|PAPER|MICRO_LIVE|PROD)\b|\bstage (is|:|token)[ `:]*(DEV|STAGING|PAPER|MICRO_LIVE|PROD)\b/i;

docs('one page states the stage, and no other claims one', () => {
  const claims = pages
    .filter(({ path }) => !path.startsWith('evidence/'))
    .filter(({ prose }) => stagePattern.test(prose.replaceAll('|', ' ')))
    .map(({ path }) => path);
  assert.equal(claims, ['docs/PROJECT_STATE.md']);
});

docs('pages speak of the product only', () => {
  const foreign =
    /\b(helper [A-Z]\b|sub-?agent|AI assistant|language model|prompt|issues? (show|#?\d+)|\/work\/|\/tmp\/|\/home\/|\/root\/)/;
  const found = pages
    .filter(({ prose, fences }) =>
      foreign.test([prose, ...fences.map(({ text }) => text)].join('\n')),
    )
    .map(({ path }) => path);
  assert.equal(found, []);
});

docs('pages read well as text: no trailing blanks, one title, no tabs', () => {
  const found = pages.flatMap(({ path, prose }) => [
    ...(/[ \t]$/m.test(prose) ? [`${path}: trailing blanks`] : []),
    ...(/\t/.test(prose) ? [`${path}: tabs`] : []),
    ...((prose.match(/^# .+$/gm) ?? []).length === 1 ? [] : [`${path}: not exactly one title`]),
  ]);
  assert.equal(found, []);
});

docs('the rules catch what they are there for', () => {
  const planted: MarkdownPage = {
    path: 'docs/planted.md',
    prose: '# One thing\n[gone](gone.md) [far](https://example.com) `holdfast dance --wild`\n',
    fences: [{ language: 'sh', text: 'npm ci && npm run nothing\nnpx holdfast status --lies\n' }],
  };
  assert.equal(relativeLinks(planted), [
    { from: 'docs/planted.md', to: 'docs/gone.md', anchor: undefined },
  ]);
  assert.equal([...anchorsOf(planted)], ['one-thing']);
  assert.equal(shellCommands(planted), ['npm ci', 'npm run nothing', 'npx holdfast status --lies']);
  assert.equal(inlineCommands(planted), ['holdfast dance --wild']);
  assert.is(ourCommand('holdfast dance', commandDocs(noPorts)), undefined);
  assert.is(stagePattern.test('The current stage is PROD.'), true);
  assert.is(stagePattern.test('Stages: DEV, STAGING, PAPER.'), false);
});

docs.run();
