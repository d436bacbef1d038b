/**
 * Runs compiled tests one after the other in this one process and ends with 1 at the first that
 * fails: `node ask.js FILE …`. What the tests share is loaded once, which is most of the time they take.
 */
import { pathToFileURL } from 'node:url';
// Without it uvu takes a failure by an error with details for a success.
import '../runner/readable-failures.ts';
import { askedMark } from './asked-mark.ts';

/** uvu's own door for runners: with it, suites queue up and run when `exec` is called. */
interface UvuGlobals {
  UVU_DEFER: number;
  UVU_INDEX: number;
  UVU_QUEUE: unknown[][];
}

const globals = globalThis as unknown as UvuGlobals;
globals.UVU_DEFER = 1;
globals.UVU_INDEX = 0;
const { exec } = await import('uvu');

for (const file of process.argv.slice(2)) {
  process.stdout.write(askedMark);
  globals.UVU_QUEUE.splice(0, globals.UVU_QUEUE.length, [null]);
  await import(pathToFileURL(file).href);
  await exec(true);
}
// A test that left something open has been heard all the same.
process.exit();
