/**
 * Malicious HTTP against the real ports: too large, too slow, smuggled, from a foreign page, replayed,
 * guessed. Nothing of it may restrict, change or slow anything; each refusal has its status, and what
 * makes things safer is answered meanwhile.
 */
import net from 'node:net';
import { ask, command } from '../../fixtures/system/ask.ts';
import { ownerToken, supervisorToken } from '../../fixtures/system/profile-files.ts';
import type { Check } from '../page.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import type { FaultTrial } from './trial.ts';
import { crosser, quotes } from './trial-policy.ts';
import type { TrialSystem } from './trial-system.ts';

const guesses = 300;
/** Refusals that become facts, a minute. */
const recordedMax = 60;
/** The ports close a request whose head does not come, ms; twice, on a busy machine. */
const headWithinMs = 12_000;
const minuteMs = 60_000;

interface Ended {
  readonly text: string;
  readonly tookMs: number;
}

/** Sends bytes as they are, and waits until the other side ends it. */
function raw(url: string, parts: readonly string[]): Promise<Ended> {
  const { hostname, port } = new URL(url);
  const startMs = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(Number(port), hostname, () => {
      for (const part of parts) socket.write(part);
    });
    socket.setTimeout(headWithinMs * 2, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ text, tookMs: Math.round(performance.now() - startMs) }));
  });
}

function check(
  name: string,
  expected: string,
  observed: string,
  ok = expected === observed,
): Check {
  return { name, expected, observed, ok };
}

/** Every attack, one after the other, and what came of each. */
async function attack(system: TrialSystem): Promise<Check[]> {
  const { control_url: control } = system.endpoints();
  const { host } = new URL(control);
  const kill = `${control}/api/v1/emergency/kill`;
  const restore = `${control}/api/v1/control/restore`;
  const restoreBody = { tier: 'Kill', reason: 'malicious' };
  const statusOf = async (answer: Promise<{ status: number }>): Promise<string> =>
    answer.then(({ status }) => String(status)).catch(() => 'connection ended');

  const large = statusOf(command(kill, supervisorToken, { cause: 'x'.repeat(200_000) }));
  const head = `POST /api/v1/emergency/kill HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${supervisorToken}\r\n`;
  const slow = raw(control, [head]);
  const smuggled = raw(control, [
    `${head}Content-Type: application/json\r\nIdempotency-Key: smuggled\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`,
    '2\r\n{}\r\n0\r\n\r\n',
  ]);
  const origin = statusOf(
    command(kill, supervisorToken, {}, { origin: 'http://evil.example', host }),
  );
  const rebound = statusOf(command(kill, supervisorToken, {}, { host: 'evil.example' }));
  const old = { 'x-request-time': String(Date.now() - 6 * minuteMs) };
  const replayed = statusOf(command(restore, ownerToken, restoreBody, old));
  const role = statusOf(command(restore, supervisorToken, restoreBody));
  const guessed: string[] = [];
  for (let guess = 0; guess < guesses; guess += 1)
    guessed.push(await statusOf(command(kill, `guess-number-${guess}-of-many`)));
  const viewed = await statusOf(ask(`${system.endpoints().status_url}/api/v1/status`));
  const wrong = guessed.filter((status) => status !== '401').length;
  const slowEnd = await slow;
  const { text: smuggledText } = await smuggled;
  return [
    check('oversize body', '413', await large),
    check(
      'a head that never ends',
      `closed within ${headWithinMs} ms, 408 or nothing`,
      `${slowEnd.tookMs} ms, ${slowEnd.text.slice(9, 12) || 'nothing'}`,
      slowEnd.tookMs <= headWithinMs && /^(HTTP\/1\.1 408|$)/.test(slowEnd.text),
    ),
    check('smuggled length', '400', smuggledText.slice(9, 12) || 'nothing'),
    check('foreign origin', '403', await origin),
    check('foreign host', '403', await rebound),
    check('replayed command, six minutes old', '400', await replayed),
    check('too small a role', '403', await role),
    check(`${guesses} guessed tokens`, 'all 401', wrong === 0 ? 'all 401' : `${wrong} others`),
    check('the status is read meanwhile', '200', viewed),
  ];
}

function afterwards(system: TrialSystem, from: number): Check[] {
  const commands = system
    .facts('control', from)
    .filter(({ event_type }) => event_type === 'operator.command');
  const accepted = commands.filter(({ payload }) => payload.accepted === true).length;
  const refused = commands.length - accepted;
  return [
    check('commands that took effect', '0', String(accepted)),
    check(
      'refusals on record',
      `at least 1, at most ${2 * recordedMax}`,
      String(refused),
      refused > 0 && refused <= 2 * recordedMax,
    ),
  ];
}

function maliciousHttp(): FaultTrial {
  let checks: Check[] = [];
  return {
    id: 'malicious-http',
    title: 'malicious HTTP',
    strikes: `oversize, slow, smuggled, foreign origin and host, replayed, ${guesses} guessed tokens`,
    options: { strategies: [crosser, quotes('ETH-PERPETUAL')] },
    expected: { mode: 'Active', codes: [], withinMs: 0, ends: 'itself' },
    strike: async (system) => {
      checks = await attack(system);
      await sleepMs(1_000);
    },
    judge: (system, { controlFrom }) => [...checks, ...afterwards(system, controlFrom)],
  };
}

/** The kill that is meant takes effect while tokens are guessed: no budget is shared. */
function killBesideGuesses(): FaultTrial {
  const checks: Check[] = [];
  return {
    id: 'kill-beside-guesses',
    title: 'kill while tokens are guessed',
    strikes: 'a supervisor kills while four clients guess tokens as fast as they can',
    options: { strategies: [crosser, quotes('ETH-PERPETUAL')] },
    expected: {
      mode: 'Kill',
      codes: ['KILL_OPERATOR', 'OPS_OPERATOR_ACTION'],
      withinMs: 5_000,
      ends: 'operator',
    },
    strike: async (system, stands) => {
      const url = `${system.endpoints().control_url}/api/v1/emergency/kill`;
      let over = false;
      const guessing = Array.from({ length: 4 }, async (_, client) => {
        while (!over) await command(url, `a-guess-of-client-${client}`).catch(() => undefined);
      });
      await sleepMs(500);
      stands();
      const startMs = performance.now();
      const { status } = await system.command('emergency/kill', { cause: 'meant' });
      const tookMs = Math.round(performance.now() - startMs);
      over = true;
      await Promise.all(guessing);
      checks.push(check('the kill is answered', '200', String(status)));
      checks.push(check('within', '≤ 2000 ms', `${tookMs} ms`, tookMs <= 2_000));
    },
    judge: () => checks,
  };
}

export const httpTrials: readonly FaultTrial[] = [maliciousHttp(), killBesideGuesses()];
