import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commandDocs } from '../../../daemon/cli/program.ts';
import { unbuiltCommandNames } from '../../../daemon/cli/unbuilt.ts';
import { errorCodes, exitCodes } from '../../../streams/facts/errors.ts';
import { capturing, typed } from '../../fixtures/system/command-line.ts';

const program = suite('command line');

const docs = commandDocs(capturing().environment);

/** The commands that the control plane specifies. */
const specified = (
  'up run status health attach explain reduce-only kill restore reconcile runners traces cases ' +
  'quarantine oracle seal replay promote certify approve canary registry stress intel portfolio ' +
  'slo bundle drill hypercare report evidence verify doctor config completion'
).split(' ');

program('every specified command exists or says that it is not built', () => {
  const first = new Set(docs.map(({ name }) => name.split(' ')[0] ?? ''));
  for (const name of specified) {
    const isBuilt = first.has(name);
    assert.ok(isBuilt !== unbuiltCommandNames.includes(name), `${name} is one or the other`);
  }
});

program('every command and option says what it is', () => {
  for (const { name, about, options } of docs) {
    assert.ok(about.length > 10, name);
    for (const option of options) assert.ok(option.about.length > 5, `${name} ${option.flags}`);
  }
});

program('every command explains itself and takes --json', async () => {
  for (const { name } of docs) {
    const { exitCode, out } = await typed([...name.split(' '), '--help']);
    assert.is(exitCode, 0, name);
    assert.match(out, /--json/, name);
  }
});

program('what is not built ends with NOT_BUILT, in text and as a document', async () => {
  const text = await typed(['certify', '--order', 'x']);
  assert.is(text.exitCode, 8);
  assert.match(text.err, /NOT_BUILT/);
  const { exitCode, out } = await typed(['--json', 'certify']);
  assert.is(exitCode, 8);
  assert.is((JSON.parse(out) as { error: { code: string } }).error.code, 'NOT_BUILT');
});

const usage: readonly string[][] = [
  ['nothing'],
  ['status', '--nothing'],
  ['attach'],
  ['attach', 'mode', '--from', '-1'],
  ['attach', 'mode', '--from', 'now'],
  ['attach', 'mode', '--limit', '0'],
  ['attach', 'log', '--severity', 'loud'],
  ['up', '--for', 'ever'],
  ['up', '--for', '-1'],
  ['restore', '--tier', 'Active', '--reason', 'x'],
  ['restore', '--tier', 'Kill'],
  ['repair'],
  ['status', '--url', 'ftp://127.0.0.1'],
];
for (const args of usage) {
  program(`usage: ${args.join(' ')}`, async () => {
    assert.is((await typed(args)).exitCode, 2);
    const { exitCode, out, err } = await typed([...args, '--json']);
    assert.is(exitCode, 2);
    assert.is((JSON.parse(out) as { error: { code: string } }).error.code, 'USAGE');
    assert.is(err, '', 'with --json nothing but the document');
  });
}

program('every exit code of an error is in the table, and every row is somebody’s', () => {
  const listed = new Set(Object.keys(exitCodes).map(Number));
  const used = new Set<number>(Object.values(errorCodes).map(({ exitCode }) => exitCode));
  for (const exitCode of used) assert.ok(listed.has(exitCode), String(exitCode));
  const byCommands = [0, 10, 11];
  for (const exitCode of listed) {
    assert.ok(used.has(exitCode) || byCommands.includes(exitCode), String(exitCode));
  }
});

program('the version is that of the package', async () => {
  const { exitCode, out } = await typed(['--version']);
  assert.is(exitCode, 0);
  assert.match(out, /^\d+\.\d+\.\d+$/);
});

program.run();
