/**
 * The daemon of a simulated history through all its lives: started, killed inside a chosen port
 * call, and started again on what its disk kept, as a process supervisor would.
 */
import type { VirtualNode, VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { liveScenario } from '../../../daemon/system/identity.ts';
import { createSystem, type System } from '../../../daemon/system.ts';
import { asHoldfastError, type HoldfastError } from '../../../streams/facts/errors.ts';
import type { CrashEntry } from '../plan.ts';
import {
  type ArmedCrash,
  type CrashSwitch,
  crashablePorts,
  type PortWatch,
  strikes,
} from './crash-ports.ts';
import { policyPath, type SimConfig, venuePort, venueSecret } from './sim-config.ts';

export const dataDirectory = '/data';
/** A supervisor waits this long before the next start, and longer after each failure in a row. */
const restartS = 1;
const restartSMax = 16;

const kib = 1_024;
/** Small segments: a history of minutes rolls them too, and a start reads less. */
const journal = {
  streams: {
    ledger: { segmentBytes: 1_024 * kib },
    control: { segmentBytes: 1_024 * kib },
    traffic: { segmentBytes: 512 * kib },
    audit: { segmentBytes: 512 * kib },
  },
};

export interface DaemonEvents extends PortWatch {
  /** A life is ready: recovered, connecting, not yet trading. */
  onBoot(system: System, life: number): void;
  /** It has read its ledger back, and has heard nothing of the venue yet. */
  onRecovered(system: System): void;
  /** A life ended: by a crash, by a fatal error of its own, or because it could not start. */
  onEnd(life: number, cause: string, error: HoldfastError | undefined): void;
}

interface Armed extends ArmedCrash<CrashEntry> {
  readonly onStrike: () => void;
}

export class SimDaemon {
  readonly node: VirtualNode;
  readonly #world: VirtualWorld;
  readonly #config: SimConfig;
  readonly #events: DaemonEvents;
  #system: System | undefined;
  #life = 0;
  #failures = 0;
  #armed: Armed[] = [];
  /** Refusals of the disk before this life. */
  #refusalsBefore = 0;
  #policyText = '';

  constructor(world: VirtualWorld, config: SimConfig, events: DaemonEvents) {
    this.#world = world;
    this.#config = config;
    this.#events = events;
    this.node = world.node('daemon', { secrets: { [config.secretName]: venueSecret } });
    this.node.ports.disk.makeDirectory('/etc');
    this.writePolicy(config.policyText);
  }

  /** The living system; undefined while it is down or starting. */
  get system(): System | undefined {
    return this.node.isAlive ? this.#system : undefined;
  }

  get life(): number {
    return this.#life;
  }

  /** True when code of that life has any effect still. */
  lives(life: number): boolean {
    return life === this.#life && this.node.isAlive;
  }

  /** The disk refused something in this life. */
  get diskRefused(): boolean {
    return this.node.disk.refusals > this.#refusalsBefore;
  }

  /** What stands in the policy file now. */
  get policyText(): string {
    return this.#policyText;
  }

  writePolicy(text: string): void {
    this.#policyText = text;
    const faults = this.node.disk.onOperation;
    this.node.disk.onOperation = undefined;
    // By hand, whether the daemon is up or not.
    this.node.disk.port(() => true).writeFileAtomic(policyPath, text);
    this.node.disk.onOperation = faults;
  }

  /** The next life. Ends by itself in `onBoot` or `onEnd`. */
  boot(): void {
    if (this.#life > 0) this.node.restart();
    this.#life += 1;
    this.#refusalsBefore = this.node.disk.refusals;
    const life = this.#life;
    void this.#start(life)
      .then(
        (system) => {
          if (!this.lives(life)) return;
          this.#system = system;
          this.#events.onBoot(system, life);
          if (!this.lives(life)) return;
          system.start();
          this.#failures = 0;
          if (this.lives(life)) this.#events.onRecovered(system);
        },
        (thrown: unknown) => this.#fell(life, 'start refused', asHoldfastError(thrown)),
      )
      .catch((thrown: unknown) => this.#fell(life, 'start failed', asHoldfastError(thrown)));
  }

  /** Arms a crash: the life ends in that port call, which `onStrike` hears of before. */
  arm(entry: CrashEntry, onStrike: () => void): void {
    this.#armed.push({ entry, left: entry.call, onStrike });
  }

  disarm(): void {
    this.#armed = [];
  }

  /** kill -9, or the power; started again after `downS`. */
  crash(how: 'process' | 'power', downS: number, cause: string): void {
    if (!this.node.isAlive) return;
    const life = this.#life;
    this.#system = undefined;
    this.node.crash(how);
    this.#events.onEnd(life, cause, undefined);
    this.#bootIn(downS);
  }

  /** As SIGTERM: what is in flight settles, then the process ends and is started again. */
  stop(deadlineMs: number, downS: number): void {
    const { system } = this;
    if (system === undefined) return;
    const life = this.#life;
    const end = (): void => {
      if (this.lives(life)) this.crash('process', downS, 'stopped');
    };
    system.stop('operator', deadlineMs).then(end, end);
  }

  #bootIn(downS: number): void {
    const life = this.#life;
    this.#world.clock.schedule(downS * 1_000_000, () => {
      if (this.#life === life && !this.node.isAlive) this.boot();
    });
  }

  #start(life: number): Promise<System> {
    const { config } = this.#config;
    const ports = crashablePorts(this.node.ports, this.#switchOf(life), this.#events);
    const clientSecret = ports.secrets.get(this.#config.secretName);
    if (clientSecret === undefined) throw new Error('no secret');
    return createSystem({
      ports,
      config,
      runId: `run-${life}`,
      scenario: liveScenario(config),
      dataDirectory,
      venueUrls: {
        ws: `ws://127.0.0.1:${venuePort}/ws/api/v2`,
        http: `http://127.0.0.1:${venuePort}`,
      },
      clientSecret,
      journal,
      onFatal: (error) => this.#fell(life, 'fatal', error),
    });
  }

  #fell(life: number, cause: string, error: HoldfastError): void {
    if (!this.lives(life)) return;
    this.#system = undefined;
    this.node.crash('process');
    this.#failures += 1;
    this.#events.onEnd(life, cause, error);
    this.#bootIn(Math.min(restartSMax, restartS * 2 ** (this.#failures - 1)));
  }

  #switchOf(life: number): CrashSwitch {
    const lives = (): boolean => this.lives(life);
    return {
      trips: (kind, side) => {
        let strike = false;
        // All of them count the call.
        for (const armed of this.#armed) strike = strikes(armed, kind, side) || strike;
        return strike;
      },
      crash: () => {
        const armed = this.#armed.find(({ left }) => left <= 0);
        if (armed === undefined) return;
        this.#armed = this.#armed.filter((other) => other !== armed);
        armed.onStrike();
        const { how, downS, port, side } = armed.entry;
        this.crash(how, downS, `${how} crash ${side} a ${port} call`);
      },
      get isDead() {
        return !lives();
      },
    };
  }
}
