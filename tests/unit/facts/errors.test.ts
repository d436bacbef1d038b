/** Errors: one table of codes, and an error that says code, cause and what to do. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  asHoldfastError,
  assert as assertInvariant,
  assertNever,
  type ErrorCode,
  errorCodes,
  exitCodes,
  HoldfastError,
} from '../../../streams/facts/errors.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { sourceFiles } from '../../house/sources.ts';

const errors = suite('errors');
const rows = Object.entries(errorCodes);

errors('every code has a meaning and an exit code that is documented', () => {
  assert.ok(rows.length >= 40);
  for (const [code, { meaning, exitCode }] of rows) {
    assert.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    assert.ok(meaning.length > 10, code);
    assert.ok(Object.hasOwn(exitCodes, exitCode), `${code} ends with ${exitCode}`);
    assert.is.not(exitCode, 0, `${code} must not look like success`);
  }
  assert.is(new Set(rows.map(([, { meaning }]) => meaning)).size, rows.length);
});

/** Specified, and waiting for the part that will throw it. */
const awaited: ReadonlySet<string> = new Set(['DISPATCH_CLOSED', 'STAGE_FORBIDDEN']);

errors('every code is thrown somewhere', () => {
  const sources = sourceFiles(/^(daemon|actors|machines|streams)\/.*\.ts$/).filter(
    ({ path }) => path !== 'streams/facts/errors.ts',
  );
  assert.ok(sources.length > 100);
  const unused = rows
    .map(([code]) => code)
    .filter((code) => !sources.some(({ text }) => text.includes(`'${code}'`)));
  assert.equal(
    unused.filter((code) => !awaited.has(code)),
    [],
  );
});

errors('an error carries what its code says', () => {
  for (const [code, { retryable, exitCode }] of rows) {
    const error = new HoldfastError(code as ErrorCode, 'what happened');
    assert.is(error.code, code);
    assert.is(error.retryable, retryable);
    assert.is(error.exitCode, exitCode);
    assert.is(error.name, 'HoldfastError');
    assert.is(error.message, 'what happened');
    assert.ok(error instanceof Error);
    assert.equal(error.details, {});
    assert.is(error.traceId, undefined);
  }
});

errors('cause, trace and details are kept', () => {
  const cause = new TypeError('below');
  const error = new HoldfastError('INTERNAL', 'above', {
    cause,
    traceId: 'a'.repeat(32),
    details: { path: 'x' },
  });
  assert.is(error.cause, cause);
  assert.is(error.traceId, 'a'.repeat(32));
  assert.equal(error.details, { path: 'x' });
});

errors('what is not one of ours is a bug, with its message and its cause', () => {
  const ours = new HoldfastError('DISK_FULL', 'full');
  assert.is(asHoldfastError(ours), ours);
  const theirs = new RangeError('out of range');
  const wrapped = asHoldfastError(theirs);
  assert.is(wrapped.code, 'INTERNAL');
  assert.is(wrapped.message, 'out of range');
  assert.is(wrapped.cause, theirs);
  assert.is(asHoldfastError('text').message, 'text');
  assert.is(asHoldfastError(undefined).message, 'undefined');
});

errors('a broken invariant and a forgotten case are bugs', () => {
  assertInvariant(true, 'holds');
  assert.throws(() => assertInvariant(false, 'broken'), hasCode('INTERNAL'));
  assert.throws(() => assertNever('case' as never), hasCode('INTERNAL'));
});

errors.run();
