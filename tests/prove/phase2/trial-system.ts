/**
 * A system on trial: the shipped daemon and the simulated venue, two processes over real sockets,
 * in a directory of their own. Faults come from the venue's admin port, from signals, and from the
 * file system; what happened is read from the journal and asked of the venue.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StatusV1 } from '../../../daemon/http/status-schema.ts';
import { type Answer, ask, command } from '../../fixtures/system/ask.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { factsOf, type StoredFact } from '../../fixtures/system/journal-facts.ts';
import {
  ownerToken,
  type SystemOptions,
  supervisorToken,
  writeConfiguration,
} from '../../fixtures/system/profile-files.ts';
import {
  accountName,
  adminToken,
  type FaultOrder,
  VenueProcess,
} from '../../fixtures/system/venue-process.ts';
import { DaemonUnderTest } from '../restart-loop/daemon-under-test.ts';
import type { Plan } from '../restart-loop/plan.ts';
import { quotes, trialExecution, trialGuard } from './trial-policy.ts';

const preload = (name: string): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url)).toString();

export interface StrategyRow {
  readonly id: string;
  readonly kind: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface TrialOptions {
  readonly seed?: string;
  /** Beside the limits every trial has. */
  readonly guard?: Readonly<Record<string, unknown>>;
  readonly execution?: Readonly<Record<string, unknown>>;
  readonly strategies?: readonly StrategyRow[];
  readonly wiring?: NonNullable<SystemOptions['wiring']>;
  /** Names of modules beside this one that the daemon loads first. */
  readonly preloads?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly plan?: Plan;
  /** Another program for the venue, and what it is told beside the usual. */
  readonly venue?: { readonly module: string; readonly arguments: readonly string[] };
  /** Stands between daemon and venue: answers the address the daemon is given. */
  readonly between?: (venueAddress: string) => Promise<string>;
}

/** Seen by every daemon on trial, whatever its strategies select. */
const watch = ['BTC-PERPETUAL', 'ETH-PERPETUAL'];

/** What the account is at the venue, asked past the daemon. Amounts signed, in the venue's units. */
export interface Held {
  readonly positions: Readonly<Record<string, number>>;
  readonly openLabels: readonly string[];
  /** Sum of |USD| over perpetuals. */
  readonly exposureUsd: number;
}

/** A restriction may look back over a minute (rate refusals, time-outs): it may hold longer than that. */
const statusDeadlineMs = 150_000;

export class TrialSystem {
  readonly directory: string;
  readonly #options: TrialOptions;
  readonly #profile: string;
  #venue: VenueProcess | undefined;
  #address = '';
  #daemon: DaemonUnderTest | undefined;
  readonly #others: ChildProcess[] = [];

  constructor(directory: string, options: TrialOptions = {}) {
    this.directory = directory;
    this.#options = options;
    mkdirSync(directory, { recursive: true });
    this.#profile = this.#configure(options.strategies ?? [quotes('ETH-PERPETUAL')]);
  }

  #configure(strategies: readonly StrategyRow[]): string {
    const { guard, execution, wiring } = this.#options;
    return writeConfiguration(this.directory, {
      guard: { ...trialGuard, ...guard },
      ...(wiring === undefined ? {} : { wiring }),
      edit: ({ profile, policy }) => {
        Object.assign(policy.execution as object, trialExecution, execution);
        Object.assign(profile.policy as object, { strategies, watch });
      },
    });
  }

  /** The next life of the daemon has no strategies: it only looks after what is there. */
  silence(): void {
    this.#configure([]);
  }

  get venue(): VenueProcess {
    if (this.#venue === undefined) throw new Error('the venue was not started');
    return this.#venue;
  }

  get daemon(): DaemonUnderTest {
    if (this.#daemon === undefined) throw new Error('the daemon was not started');
    return this.#daemon;
  }

  get dataDirectory(): string {
    return join(this.directory, '.holdfast');
  }

  async start(): Promise<void> {
    const { seed = '1' } = this.#options;
    const logPath = join(this.directory, 'venue.log');
    this.#venue = await VenueProcess.start({ seed, logPath, ...this.#options.venue });
    this.#address = (await this.#options.between?.(this.#venue.address)) ?? this.#venue.address;
    this.startDaemon(this.#options.plan);
  }

  /** A new life of the daemon over the same data. */
  startDaemon(plan?: Plan): void {
    const { preloads = [], environment = {} } = this.#options;
    this.#daemon = new DaemonUnderTest({
      directory: this.directory,
      profile: this.#profile,
      venueAddress: this.#address,
      quotes: true,
      plan,
      preloads: ['pairs', ...preloads].map(preload),
      environment,
    });
  }

  status(): Promise<StatusV1 | undefined> {
    return this.daemon.status();
  }

  /** Polls the status until it holds. */
  untilStatus(
    holds: (status: StatusV1) => boolean,
    what: string,
    deadlineMs = statusDeadlineMs,
  ): Promise<StatusV1> {
    let last: StatusV1 | undefined;
    return until(
      async () => {
        if (!this.daemon.isAlive) throw new Error(`the daemon ended: ${this.daemon.said}`);
        last = (await this.status()) ?? last;
        return last !== undefined && holds(last) ? last : undefined;
      },
      what,
      deadlineMs,
      () =>
        `${last?.trading_mode} ${JSON.stringify(last?.owner_view ?? last?.mode_reasons)} ${this.daemon.said}`,
    );
  }

  untilActive(deadlineMs?: number): Promise<StatusV1> {
    return this.untilStatus(({ trading_mode }) => trading_mode === 'Active', 'Active', deadlineMs);
  }

  async held(): Promise<Held> {
    const headers = { authorization: `Bearer ${adminToken}` };
    const { json, text } = await ask(`http://${this.venue.address}/admin/accounts`, { headers });
    const rows = json as ReadonlyArray<{
      readonly name: string;
      readonly positions: Readonly<Record<string, number>>;
      readonly open_labels: readonly string[];
    }>;
    const row = rows.find(({ name }) => name === accountName);
    if (row === undefined) throw new Error(`the venue does not know the account: ${text}`);
    const amounts = Object.entries(row.positions).map(([name, amount]) =>
      name.endsWith('-PERPETUAL') ? Math.abs(amount) : 0,
    );
    const exposureUsd = amounts.reduce((sum, amount) => sum + amount, 0);
    return { positions: row.positions, openLabels: row.open_labels, exposureUsd };
  }

  untilHeld(holds: (held: Held) => boolean, what: string, deadlineMs = 60_000): Promise<Held> {
    let last: Held | undefined;
    return until(
      async () => {
        last = await this.held();
        return holds(last) ? last : undefined;
      },
      what,
      deadlineMs,
      () => `${JSON.stringify(last)} ${this.daemon.said}`,
    );
  }

  trip(fault: string, parameters: FaultOrder['parameters'] = {}, forS?: number): Promise<void> {
    const order = { fault, parameters };
    return this.venue.trip(forS === undefined ? order : { ...order, for_s: forS });
  }

  /** A command of the control port. */
  command(
    path: string,
    body: unknown,
    role: 'supervisor' | 'owner' = 'supervisor',
    headers: Readonly<Record<string, string>> = {},
  ) {
    const token = role === 'owner' ? ownerToken : supervisorToken;
    return command(`${this.endpoints().control_url}/api/v1/${path}`, token, body, headers);
  }

  restore(tier: 'Kill' | 'ReduceOnly'): Promise<Answer> {
    return this.command('control/restore', { tier, reason: 'the trial is over' }, 'owner');
  }

  endpoints(): { readonly status_url: string; readonly control_url: string } {
    const path = join(this.dataDirectory, 'endpoints.json');
    if (!existsSync(path)) throw new Error('the daemon has not said where it listens');
    return JSON.parse(readFileSync(path, 'utf8')) as ReturnType<TrialSystem['endpoints']>;
  }

  facts(stream: 'control' | 'ledger' | 'audit', from = 0): StoredFact[] {
    return factsOf(this.dataDirectory, stream, from);
  }

  /** Another process of the trial: it ends with the system, stopped or not. */
  owns(child: ChildProcess): void {
    this.#others.push(child);
  }

  /** Ends every process it started. */
  async end(): Promise<void> {
    try {
      await this.#daemon?.end();
    } finally {
      for (const child of this.#others) child.kill('SIGKILL');
      this.#venue?.kill();
    }
  }
}

/** A started system for `work`; its processes are gone afterwards. */
export async function withTrial(
  directory: string,
  options: TrialOptions,
  work: (system: TrialSystem) => Promise<void>,
): Promise<void> {
  const system = new TrialSystem(directory, options);
  try {
    await system.start();
    await work(system);
  } finally {
    await system.end();
  }
}
