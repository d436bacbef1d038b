import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import { judge } from '../../runner/outcome.ts';

const outcome = suite('the judgement of a test file');
const counts = (total: number, passed: number, skipped = 0): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

function judged(output: string, exitCode: number | null = 0, timedOut = false) {
  return judge({ file: 'a.test.js', exitCode, timedOut, output, durationMs: 1 });
}

outcome('passes when every test of at least one passed', () => {
  assert.equal(judged(counts(3, 3)).problems, []);
});

const failures: ReadonlyArray<[title: string, output: string, exitCode?: number | null]> = [
  ['a failing test with exit 0 (a throw in after.each)', counts(3, 2), 0],
  ['a suite emptied by a throwing hook', counts(2, 0), 0],
  ['a file that forgot to run', 'nothing here', 0],
  ['a file whose total is zero', counts(0, 0), 0],
  ['a crash after the counts', counts(3, 3), 1],
  ['a process killed by a signal', counts(3, 3), null],
  ['a silent skip', counts(3, 3, 1), 0],
];
for (const [title, output, exitCode] of failures) {
  outcome(`fails for ${title}`, () => {
    const result = judged(output, exitCode);
    assert.ok(result.problems.length > 0);
    assert.ok(result.failed > 0);
  });
}

outcome('fails at the deadline', () => {
  assert.ok(judged(counts(1, 1), null, true).failed > 0);
});

outcome('a loud skip counts as skipped, not as passed', () => {
  const result = judged(`SKIP engine: chdb is not installed\n${counts(0, 0)}`);
  assert.equal(result.skipped, ['engine: chdb is not installed']);
  assert.equal(result.problems, []);
  assert.is(result.passed, 0);
});

outcome('an error whose details are an object is printed with its message and details', () => {
  const preload = new URL('../../runner/readable-failures.js', import.meta.url).href;
  const program = `import { suite } from 'uvu';
    const failing = suite('failing');
    failing('one', () => { throw Object.assign(new Error('the reason'), { details: { at: 7 } }); });
    failing.run();`;
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', preload, '--input-type=module', '-e', program],
    { encoding: 'utf8', cwd: packageRoot },
  );
  assert.match(stdout, /FAIL {2}failing/);
  assert.match(stdout, /the reason/);
  assert.match(stdout, /"at": 7/);
});

outcome.run();
