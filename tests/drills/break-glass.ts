/**
 * The break-glass drill: `npm run drill`. Starts the real system on free loopback ports, lets it
 * trade, restricts it, kills it, restarts it killed, restores it — by the commands an operator
 * would use — and proves from the journal what was and was not dispatched. Then it freezes daemon and
 * watchdog in turn, and breaks a group, each on a system of its own. Writes
 * `evidence/phase0/break_glass_drill.{json,md}`; ends with 1 when a check failed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { StatusV1 } from '../../daemon/http/status-schema.ts';
import { judgeDrill } from './drill-checks.ts';
import { readDrillFacts } from './drill-facts.ts';
import { type DrillRecord, type DrillStep, renderMarkdown } from './drill-report.ts';
import { type CommandResult, DrilledSystem, seedOf, writeDrillProfile } from './drilled-system.ts';
import { drillTrials } from './drilled-trials.ts';
import { probeKeyScopes } from './key-scope-probe.ts';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));
const drillCommand = 'npm run drill';
/** The shipped cooldown is five minutes; a drill need not wait that long to see it end. */
const guardOverrides = { emergency_reduceonly_cooldown_s: 60 };
const tradeDeadlineMs = 90_000;
/** Long enough for several decisions of either built-in strategy. */
const observeMs = 10_000;

class Drill {
  readonly steps: DrillStep[] = [];
  readonly #system: DrilledSystem;

  constructor(system: DrilledSystem) {
    this.#system = system;
  }

  async run(): Promise<void> {
    const system = this.#system;
    await system.start();
    this.#note(
      'start',
      await system.until(isActive, 'Active after reconciliation', tradeDeadlineMs),
    );
    this.#note('trade', await system.until(holdsPerpetual, 'a position', tradeDeadlineMs));
    await this.#restrict();
    await this.#kill();
    await this.#restartKilled();
    await this.#restore();
    const exitCode = await system.stop();
    this.#push({ name: 'stop', at_utc: now(), exit_code: exitCode, command: 'Ctrl-C' });
    this.#told('verify the journal', await system.command(['verify']));
  }

  /** Reduce-only: what is open is closed by its strategy, nothing new is opened, until released. */
  async #restrict(): Promise<void> {
    const system = this.#system;
    this.#told('reduce-only', await system.command(['reduce-only', '--cause', 'drill']));
    const flat = await system.until(
      (status) => !holdsPerpetual(status),
      'the position to be closed under ReduceOnly',
      tradeDeadlineMs,
    );
    this.#note('closed under ReduceOnly', flat);
    const rejected = flat.orders.rejected_by_gates;
    const refused = await system.until(
      ({ orders }) => orders.rejected_by_gates > rejected,
      'an OPEN to be refused',
      tradeDeadlineMs,
    );
    this.#note('OPEN refused', refused);
    const released = await system.until(isActive, 'the cooldown to end', tradeDeadlineMs);
    this.#note('released by itself', released);
    this.#note('trade', await system.until(holdsPerpetual, 'a position', tradeDeadlineMs));
  }

  async #kill(): Promise<void> {
    this.#told('kill', await this.#system.command(['kill', '--cause', 'drill']));
    await new Promise((resolve) => setTimeout(resolve, observeMs));
    this.#note(`killed, ${observeMs / 1_000} s later`, await this.#system.status());
  }

  async #restartKilled(): Promise<void> {
    const system = this.#system;
    const exitCode = await system.stop();
    this.#push({
      name: 'stop while killed',
      at_utc: now(),
      exit_code: exitCode,
      command: 'Ctrl-C',
    });
    await system.start();
    await new Promise((resolve) => setTimeout(resolve, observeMs));
    this.#note('restarted: still killed', await system.status());
  }

  async #restore(): Promise<void> {
    const system = this.#system;
    const restore = ['restore', '--tier', 'Kill', '--reason', 'drill is over'];
    const wrongToken = { HOLDFAST_TOKEN: 'not-the-token-of-anybody' };
    this.#told('restore with a wrong token', await system.command(restore, wrongToken));
    this.#told('restore', await system.command(restore));
    this.#note('Active again', await system.until(isActive, 'Active', tradeDeadlineMs));
    const trading = await system.until(
      ({ orders }) => orders.dispatched > 0,
      'trading again',
      tradeDeadlineMs,
    );
    this.#note('trading again', trading);
  }

  #push(step: DrillStep): void {
    this.steps.push(step);
    process.stdout.write(`${step.at_utc.slice(11, 23)}  ${step.name}\n`);
  }

  #note(name: string, status: StatusV1 | undefined): void {
    this.#push({ name, at_utc: now(), ...(status === undefined ? {} : seen(status)) });
  }

  #told(name: string, { command, exitCode, answer, durationMs }: CommandResult): void {
    const at_utc = now();
    this.#push({
      name,
      at_utc,
      command,
      exit_code: exitCode,
      duration_ms: durationMs,
      answer,
    });
  }
}

const now = (): string => new Date().toISOString();
const isActive = ({ trading_mode }: StatusV1): boolean => trading_mode === 'Active';
const holdsPerpetual = ({ positions }: StatusV1): boolean =>
  positions.some(({ instrument, amount }) => instrument === 'BTC-PERPETUAL' && amount !== '0');

function seen(status: StatusV1): Pick<DrillStep, 'observed'> {
  const { trading_mode, mode_reasons, mode_floor, orders, positions, owner_view } = status;
  const { dispatched, fills, rejected_by_gates, in_doubt } = orders;
  return {
    observed: {
      trading_mode,
      mode_reasons,
      mode_floor,
      owner_code: owner_view.primary_code,
      dispatched_this_run: dispatched,
      fills_this_run: fills,
      refused_this_run: rejected_by_gates,
      in_doubt,
      duplicate_dispatch_count: orders.duplicate_dispatch_count,
      illegal_order_attempts: orders.illegal_order_attempts,
      positions: positions.map(({ instrument, amount, unit }) => `${instrument} ${amount} ${unit}`),
    },
  };
}

async function record(directory: string): Promise<DrillRecord> {
  const profilePath = writeDrillProfile(directory, guardOverrides);
  const system = new DrilledSystem(directory, profilePath);
  const drill = new Drill(system);
  const started = now();
  try {
    await drill.run();
  } finally {
    await system.stop();
  }
  const facts = readDrillFacts(system.dataDirectory);
  const probes = await probeKeyScopes(join(directory, 'keys'));
  const { trials, checks } = await drillTrials('1');
  const judged = judgeDrill(drill.steps, facts, probes);
  const started_fact = facts.control.find(({ event_type }) => event_type === 'run.started');
  return {
    drill: 'break-glass',
    command: drillCommand,
    started_utc: started,
    ended_utc: now(),
    build_id: String(started_fact?.payload.build_id),
    stage: String(started_fact?.payload.stage),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    seed: seedOf(profilePath),
    guard_overrides: guardOverrides,
    run_ids: [...new Set(facts.control.map(({ pins }) => pins.run_id))],
    steps: drill.steps,
    ...judged,
    checks: [...judged.checks, ...checks],
    trials,
    key_scope_probe: probes,
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: join(projectRoot, 'evidence/phase0') } },
  });
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-drill-'));
  try {
    const result = await record(directory);
    mkdirSync(values.out, { recursive: true });
    const write = (ending: string, text: string): void =>
      writeFileSync(join(values.out, `break_glass_drill.${ending}`), text);
    // No path of this machine belongs into evidence.
    write('json', `${JSON.stringify(result, null, 2)}\n`.replaceAll(directory, '<drill>'));
    write('md', renderMarkdown(result).replaceAll(directory, '<drill>'));
    for (const { name, ok, observed } of result.checks) {
      process.stdout.write(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${observed}\n`);
    }
    return result.checks.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
