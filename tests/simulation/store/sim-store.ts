/**
 * The store process of a simulated history through all its lives: the house's own process, started
 * by the daemon's own supervisor, reading the daemon's journal, before a database in virtual time.
 */

import {
  type ProgramContext,
  VirtualExit,
  type VirtualWorld,
} from '../../../daemon/ports/virtual/index.ts';
import { fail, type Reach, runStoreProcess } from '../../../daemon/store/process.ts';
import {
  type StoreProcessConfig,
  storeProcessConfigSchema,
} from '../../../daemon/store/protocol.ts';
import { StoreSupervisor } from '../../../daemon/store/supervise.ts';
import { makeBreakers } from '../../../daemon/system/breakers.ts';
import { storeConfigOf } from '../../../daemon/system/store-config.ts';
import { asHoldfastError } from '../../../streams/facts/errors.ts';
import type { Clock, Ports } from '../../../streams/ports/index.ts';
import type { StoreCrashEntry } from '../plan.ts';
import {
  type ArmedCrash,
  type CrashSwitch,
  crashableDatabase,
  crashablePorts,
  type PortWatch,
  strikes,
} from '../world/crash-ports.ts';
import type { SimConfig } from '../world/sim-config.ts';
import { dataDirectory } from '../world/sim-daemon.ts';
import { SimDatabase, type StoreEvents } from './database.ts';

const modulePath = '/holdfast/daemon/store/main.js';
/** As a process that was killed. */
const killedCode = 137;

const unwatched: PortWatch = {
  onSend: () => undefined,
  onReceive: () => undefined,
  onSocket: () => undefined,
  onRead: () => undefined,
};

/**
 * Timers of the store process are late, as those of one that yields to everybody: it looks four times a
 * second at what is new, and a history pays for that and not for twenty.
 */
const timerMsMin = 250;

function lateClock(clock: Clock): Clock {
  return {
    ...clock,
    after: (delayMs, fn) => clock.after(delayMs === 0 ? 0 : Math.max(delayMs, timerMsMin), fn),
  };
}

export interface SimStoreEvents extends StoreEvents {
  /** A life of the store process ended by itself or by the plan. */
  onEnd(life: number, cause: string): void;
}

export class SimStore {
  readonly database: SimDatabase;
  readonly #config: SimConfig;
  #events: SimStoreEvents | undefined;
  #life = 0;
  #armed: ArmedCrash<StoreCrashEntry> | undefined;

  constructor(world: VirtualWorld, config: SimConfig) {
    this.#config = config;
    this.database = new SimDatabase(world.clock, world.random.fork('store'));
    world.registerProgram(modulePath, (context) => this.#run(context));
  }

  listen(events: SimStoreEvents): void {
    this.#events = events;
    this.database.events = events;
  }

  /** A life of the daemon starts its store. Its dice and breakers are its own: the daemon's other draws stay. */
  start(life: Ports): void {
    const ports = { ...life, random: life.random.fork('store') };
    const config = this.#processConfig(ports);
    new StoreSupervisor({ ports, modulePath, config, breakers: makeBreakers(ports) });
  }

  /** Arms a crash: the store process ends in that port call. */
  arm(entry: StoreCrashEntry): void {
    this.#armed = { entry, left: entry.call };
  }

  /** Everything works again. */
  calm(): void {
    this.#armed = undefined;
    this.database.mend();
  }

  #processConfig(ports: Ports): StoreProcessConfig {
    const settings = storeConfigOf(this.#config.config, ports, dataDirectory);
    if (settings === undefined) throw new Error('the profile has no store');
    // A server outlives the process that writes to it: its faults are its own.
    const engine = { kind: 'server', url: 'http://store', user: 'writer', cluster: null } as const;
    return { ...settings.config, engine };
  }

  async #run({ args, parent, ports }: ProgramContext): Promise<void> {
    this.#life += 1;
    const life = this.#life;
    const crashes = this.#switchOf(ports);
    const config = storeProcessConfigSchema.parse(JSON.parse(args[0] ?? ''));
    const reach: Reach = async () => ({
      url: 'http://store',
      cluster: null,
      database: crashableDatabase(this.database.connect(ports.clock, life), crashes),
      create: async () => undefined,
      close: async () => undefined,
    });
    parent.onDisconnect(() => ports.host.exit(0));
    const own = { ...ports, clock: lateClock(ports.clock) };
    try {
      await runStoreProcess(crashablePorts(own, crashes, unwatched), config, parent, reach);
    } catch (thrown) {
      if (crashes.isDead) return;
      this.#events?.onEnd(life, `it fails: ${asHoldfastError(thrown).message}`);
      fail(ports, parent, thrown);
    }
  }

  #switchOf(ports: Ports): CrashSwitch {
    const { host } = ports;
    const life = this.#life;
    return {
      trips: (kind, side) => strikes(this.#armed, kind, side),
      crash: () => {
        const { port, side } = this.#armed?.entry ?? {};
        this.#armed = undefined;
        this.#events?.onEnd(life, `crash ${side} a ${port} call`);
        try {
          host.exit(killedCode);
        } catch (thrown) {
          if (!(thrown instanceof VirtualExit)) throw thrown;
        }
      },
      get isDead() {
        return host.processStartTicks(host.pid) === undefined;
      },
    };
  }
}
