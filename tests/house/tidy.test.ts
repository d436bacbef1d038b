/** The house style as a test. Each rule names its replacement; a rule that finds no file fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeLines, type SourceFile, sourceFiles } from './sources.ts';

const tidy = suite('tidy');
const production = sourceFiles(/^(daemon|actors|machines|streams)\/.*\.ts$/);
const tests = sourceFiles(/^tests\/.*\.ts$/);
const everything = [...production, ...tests];

interface Rule {
  readonly title: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Paths where the thing is at home. */
  readonly allowedIn?: RegExp;
}

/** Entry points and the production ports are where the outside world begins. */
const outside = /^daemon\/(ports\/|main\.ts$|[a-z-]+\/main\.ts$)/;

const productionRules: readonly Rule[] = [
  {
    title: 'no clock but the port',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    instead: 'ports.clock',
    allowedIn: outside,
  },
  {
    title: 'no timer but the port',
    pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\s*\(|process\.nextTick/,
    instead: 'ports.clock.after / every / soon',
    allowedIn: /^daemon\/ports\/|^streams\/ports\/clock\.ts$/,
  },
  {
    title: 'no randomness but the port',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/,
    instead: 'ports.random',
    allowedIn: outside,
  },
  {
    title: 'no process but the port',
    pattern: /\bprocess\.(env|exit|argv|on|kill|stdout|stderr|pid|cwd|memoryUsage)\b/,
    instead: 'ports.host, ports.secrets, or the entry point',
    allowedIn: outside,
  },
  {
    title: 'no console',
    pattern: /\bconsole\.\w+/,
    instead: 'ports.telemetry.log, or the terminal of a command',
  },
  {
    title: 'no any',
    pattern: /\bas any\b|:\s*any\b(?!\s*\?)|<any>/,
    instead: 'unknown and a check',
  },
  { title: 'no default export', pattern: /^export default\b/, instead: 'a named export' },
  {
    title: 'no silencing of the compiler or the linters',
    pattern: /@ts-(ignore|expect-error|nocheck)|eslint-disable|biome-ignore|oxlint-disable/,
    instead: 'mend the cause',
  },
];

function offences(files: readonly SourceFile[], rule: Rule): string[] {
  return files
    .filter(({ path }) => rule.allowedIn === undefined || !rule.allowedIn.test(path))
    .flatMap((file) => {
      const lines = rule.title.includes('silencing') ? file.lines : codeLines(file);
      return lines.flatMap((line, index) =>
        rule.pattern.test(line) ? [`${file.path}:${index + 1} (use ${rule.instead})`] : [],
      );
    });
}

for (const rule of productionRules) {
  tidy(rule.title, () => {
    assert.ok(production.length > 100, 'the rule looked at the sources');
    assert.equal(offences(production, rule), []);
  });
}

const forbiddenModules =
  /^node:(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|cluster|timers|perf_hooks|os|inspector|v8)(\/|$)|^ws$|^chdb$|^ioredis$/;

tidy('no effect module outside the ports', () => {
  const found = production
    .filter(({ path }) => !outside.test(path) && path !== 'daemon/store/engine.ts')
    .flatMap(({ path, text }) =>
      [...text.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)]
        .map((match) => match[1] ?? match[2] ?? '')
        .filter((module) => forbiddenModules.test(module))
        .map((module) => `${path} imports ${module} (use a port)`),
    );
  assert.equal(found, []);
});

tidy('files are at most 300 lines', () => {
  const tables = /reason-codes\/manifest\.ts$|venues\/.*error-table\.ts$/;
  const found = everything
    .filter(({ path, lines }) => lines.length > 301 && !tables.test(path))
    .map(({ path, lines }) => `${path}: ${lines.length} lines (split it by idea)`);
  assert.equal(found, []);
});

tidy('names are kebab-case and say what is inside', () => {
  const found = everything
    .map(({ path }) => path)
    .filter(
      (path) =>
        /(^|[/-])(utils?|helpers?|common|misc|manager|handy)\b/.test(path) ||
        !/\/[a-z0-9-]+(\.test)?\.ts$/.test(`/${path}`),
    );
  assert.equal(found, []);
});

tidy('production files open with what they decide or guarantee', () => {
  const found = production
    .filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text))
    .map(({ path }) => path);
  assert.equal(found, []);
});

tidy('nothing is left unfinished in silence', () => {
  const found = everything
    .filter(({ path }) => path !== 'tests/house/tidy.test.ts')
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        /\b(TODO|FIXME|XXX|HACK)\b/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
    );
  assert.equal(found, []);
});

tidy('test files run, and use no hook, .only or .skip', () => {
  const files = tests.filter(
    ({ path }) => path.endsWith('.test.ts') && !path.endsWith('tidy.test.ts'),
  );
  assert.ok(files.length > 20, 'the rule looked at the tests');
  const found = files.flatMap(({ path, text }) => [
    ...(/^\w+\.run\(\);?$/m.test(text) ? [] : [`${path}: forgot .run()`]),
    ...(/\.(only|skip)\(/.test(text) ? [`${path}: uses .only or .skip`] : []),
    ...(/\.(before|after)(\.each)?\(\s*(async\s*)?\(/.test(text)
      ? [`${path}: uses a hook; write a fixture function`]
      : []),
  ]);
  assert.equal(found, []);
});

tidy('no secret, machine path or registry host is in the repository', () => {
  const files = sourceFiles(/\.(ts|json|md|ya?ml|sh)$|Procfile|\.ci\/run|npmrc$/);
  const found = files
    .filter(({ path }) => path !== 'tests/house/tidy.test.ts')
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        /registry\.[a-z]+js|\/work\/(main|shared|notes)|\/root\/|BEGIN (RSA|EC|OPENSSH)? ?PRIVATE KEY/.test(
          line,
        )
          ? [`${path}:${index + 1}`]
          : [],
      ),
    );
  assert.equal(found, []);
});

tidy.run();
