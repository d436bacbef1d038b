/** A supervisor killed with SIGKILL, at whatever instant of the start: nothing it started lives on. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until, withDirectory } from '../../fixtures/system/commands-run.ts';
import { RunningSystem } from '../../fixtures/system/running-system.ts';

const orphans = suite('no orphans');

const endsWithinMs = 15_000;

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Every process that works in this directory; nobody else knows of it. */
function processesIn(directory: string): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/cwd`) !== directory) return [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command === '' ? [] : [{ pid: Number(name), command }]; // empty: ended, not yet reaped
    } catch {
      return []; // ended while we looked
    }
  });
}

const told = (processes: readonly Process[]): string =>
  processes.map(({ pid, command }) => `${pid} ${command}`).join('\n');

function killAll(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ESRCH: it ended by itself after all
    }
  }
}

async function killedWhen(reached: (system: RunningSystem) => boolean, moment: string) {
  await withDirectory(async (directory) => {
    const system = new RunningSystem(directory, { wiring: { store: { kind: 'embedded' } } });
    try {
      system.spawnUp();
      await system.until(() => reached(system), moment);
      const before = processesIn(directory);
      process.kill(system.upPid, 'SIGKILL');
      assert.ok(before.length > 1, `${moment}: there are children`);
      const gone = () => processesIn(directory).length === 0 || undefined;
      await until(gone, `${moment}: all to end`, endsWithinMs, () => told(processesIn(directory)));
    } finally {
      killAll(processesIn(directory));
    }
  });
}

const runs = (what: RegExp) => (system: RunningSystem) =>
  processesIn(system.directory).some(({ command }) => what.test(command));
const fileIs =
  (path: string) =>
  (system: RunningSystem): boolean =>
    readdirSync(system.directory, { recursive: true, encoding: 'utf8' }).includes(path);

orphans('while the venue starts', () => killedWhen(runs(/venue/), 'the venue process'));
orphans('as the daemon is started', () =>
  killedWhen(runs(/main\.js daemon/), 'the daemon process'),
);
orphans('as the daemon opens its journal', () =>
  killedWhen(fileIs('.holdfast/journal'), 'the directory of the journal'),
);
orphans('as the daemon starts its store', () => killedWhen(runs(/store/), 'the store process'));
orphans('as soon as the daemon is ready', () =>
  killedWhen((system) => system.count('daemon.ready') > 0, 'the daemon to be ready'),
);

orphans.run();
