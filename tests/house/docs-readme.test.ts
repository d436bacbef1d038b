/** The README is run: its commands, in its order, as a new user would type them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type StatusV1, statusSchema } from '../../daemon/http/status-schema.ts';
import { coinmTape } from '../fixtures/worlds/tapes.ts';
import { type MarkdownPage, markdownPages, shellCommands } from './markdown-pages.ts';
import { projectRoot } from './sources.ts';

const readme = suite('readme');
const commandDeadlineMs = 60_000;
const activeDeadlineMs = 60_000;

function commands(): string[] {
  const page = markdownPages().find(({ path }) => path === 'README.md') as MarkdownPage;
  return shellCommands(page);
}

/** Words of a command line; double quotes hold words together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

function environment(directory: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    HOLDFAST_WIRING__DATA_DIRECTORY: join(directory, '.holdfast'),
    HOLDFAST_WIRING__STATUS__PORT: '0',
    HOLDFAST_WIRING__CONTROL__PORT: '0',
    HOLDFAST_WIRING__SIMULATED_VENUE__PORT: '0',
  };
}

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-readme-'));
  try {
    await work(directory);
  } finally {
    // Children of a start that was killed see their channel close and write until they have stopped.
    rmSync(directory, { recursive: true, force: true, maxRetries: 40, retryDelay: 250 });
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** Runs the command line as it stands, with what the repository's own `npx` would run. */
function start(line: string, directory: string): Started & { readonly output: () => string } {
  const [program = '', ...args] = wordsOf(line);
  const ours = program === 'npx' && args[0] === 'holdfast';
  const [file, rest] = ours
    ? [process.execPath, [join(projectRoot, 'dist/daemon/main.js'), ...args.slice(1)]]
    : [program, args];
  const child = spawn(file, rest, {
    cwd: ours ? directory : projectRoot,
    env: environment(directory),
    detached: true, // a group of its own, so that Ctrl-C reaches all of it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => output };
}

/** Runs one command to its end; throws when it takes too long or ends with another code than 0. */
async function run(line: string, directory: string): Promise<string> {
  const { child, ended, output } = start(line, directory);
  const kill = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), commandDeadlineMs);
  const exitCode = await ended;
  clearTimeout(kill);
  assert.is(exitCode, 0, `${line}\n${output()}`);
  return output();
}

async function statusOf(directory: string): Promise<StatusV1 | undefined> {
  const path = join(directory, '.holdfast/endpoints.json');
  if (!existsSync(path)) return undefined;
  try {
    const { status_url } = JSON.parse(readFileSync(path, 'utf8')) as { status_url: string };
    const response = await fetch(`${status_url}/api/v1/status`);
    return statusSchema.parse(await response.json());
  } catch {
    return undefined; // not listening yet: asked again until the deadline
  }
}

async function until(
  directory: string,
  what: string,
  holds: (status: StatusV1) => boolean,
): Promise<StatusV1> {
  const endMs = performance.now() + activeDeadlineMs;
  while (performance.now() < endMs) {
    const status = await statusOf(directory);
    if (status !== undefined && holds(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never happened: ${what}`);
}

/** The live line comes once a second: what a quick start has not shown yet is waited for. */
async function shown(output: () => string, pattern: RegExp): Promise<void> {
  for (let look = 0; look < 100 && !pattern.test(output()); look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(output(), pattern);
}

/** `npm start` for as long as `work` takes, then Ctrl-C. */
async function whileStarted(directory: string, work: () => Promise<void>): Promise<void> {
  const { child, ended, output } = start('npm run --silent start', directory);
  try {
    await work();
    await shown(output, / · live \d+\/\d+ books · /);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    // npm itself dies of the signal; the pipes close once the system behind it has ended.
    await ended;
    assert.match(output(), /^stopped$/m);
    assert.match(output(), /daemon ready, run /);
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  }
}

const isActive = ({ trading_mode }: StatusV1): boolean => trading_mode === 'Active';

readme('its commands are the ones tested here', () => {
  const known =
    /^(npm ci|npm start|npm test|npx holdfast (status|attach|health|reduce-only|kill|restore|seal|oracle|run) ?.*)$/;
  assert.equal(
    commands().filter((line) => !known.test(line)),
    [],
  );
});

readme('start, look, restrict, restore, stop, start again', async () => {
  await withDirectory(async (directory) => {
    const given = (pattern: RegExp): string[] => commands().filter((line) => pattern.test(line));
    await whileStarted(directory, async () => {
      await until(directory, 'Active, with a fill', (status) => {
        return isActive(status) && status.orders.fills > 0;
      });
      for (const line of given(/ (status|attach|health)\b/)) {
        const output = await run(line, directory);
        assert.ok(output.trim() !== '', line);
      }
      for (const line of given(/ (reduce-only|kill|restore)\b/)) await run(line, directory);
    });
    await whileStarted(directory, async () => {
      const status = await until(directory, 'an answer after the restart', () => true);
      assert.is(status.orders.duplicate_dispatch_count, 0);
      const restricted = await until(
        directory,
        'the emergency of before to be the only reason',
        ({ venue, mode_reasons }) => venue.session_state === 'live' && mode_reasons.length === 1,
      );
      assert.equal(restricted.mode_reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
    });
    await run('npx holdfast verify', directory);
  });
});

readme('seal a recording and replay it', async () => {
  await withDirectory(async (directory) => {
    const lines = commands().filter((line) => / (seal|oracle|run) /.test(line));
    const recording = wordsOf(lines[0] ?? '').find((word) => word.endsWith('.gz')) ?? '';
    writeFileSync(join(directory, recording), gzipSync(coinmTape().join('\n')));
    const sealed = await run(lines[0] ?? '', directory);
    const listed = await run(lines[1] ?? '', directory);
    const replayed = await run(lines[2] ?? '', directory);
    assert.match(sealed, /sealed +tape/);
    assert.match(listed, /tape +SEALED_OK/);
    assert.match(replayed, /done +tape/);
  });
});

readme.run();
