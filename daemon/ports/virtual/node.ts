/**
 * One node of a world: what it is given, and what may be done to it. Its disk, wall-clock error and
 * readings outlive a crash; its ports belong to one life and are powerless after it.
 */
import type { Disk, Ports, Random } from '../../../streams/ports/index.ts';
import type { MetricRegistry } from '../../../streams/telemetry/index.ts';
import { hideSecret } from '../hidden-secret.ts';
import { borrowedDisk } from './borrowed-disk.ts';
import type { VirtualClock } from './clock.ts';
import { VirtualDisk } from './disk.ts';
import { Life } from './incarnation.ts';
import type { VirtualNetwork } from './network.ts';
import { nodeClock, type Pause, type WallClockError } from './node-clock.ts';
import { type HostReadings, type NodeHost, nodeHost } from './node-host.ts';
import { nodeHttp } from './node-http.ts';
import { type ChildNode, nodeProcesses, nodeThreads, type Program } from './node-processes.ts';
import { nodeSockets } from './node-sockets.ts';
import {
  type LogLine,
  type NodeLogOptions,
  type NodeTelemetry,
  nodeTelemetry,
} from './node-telemetry.ts';

export interface VirtualNodeOptions {
  readonly secrets?: Readonly<Record<string, string>>;
  /** Writes to this disk for real instead of to memory. */
  readonly disk?: Disk;
  readonly log?: NodeLogOptions;
}

/** What all nodes of a world have in common. */
export interface NodeSurroundings {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly random: Random;
  readonly findProgram: (modulePath: string) => Program | undefined;
  readonly nextPid: () => number;
  /** Every life by pid, living or not. */
  readonly lives: Map<number, Life>;
}

/** Made by `world.node(name)`. */
export class VirtualNode {
  readonly name: string;
  /** The disk in memory; faults are set here. Not used by a node that borrows a real one. */
  readonly disk: VirtualDisk;
  /** How far the node's wall clock is off; may be changed at any time. */
  readonly wallClock: WallClockError = { offsetUs: 0 };
  /** What the node's host port answers; may be changed at any time. */
  readonly readings: HostReadings = {
    loopDelay: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    memory: { rssBytes: 0, heapUsedBytes: 0 },
    cpuSeconds: 0,
  };
  /** Exit code of the last life that ended by `host.exit`. */
  exitCode: number | undefined;
  readonly #pause: Pause = { waiting: undefined };
  readonly #surroundings: NodeSurroundings;
  readonly #options: VirtualNodeOptions;
  readonly #random: Random;
  #lifeCount = 0;
  #childCount = 0;
  #bootCount = 0;
  #life: Life;
  #host: NodeHost;
  #telemetry: NodeTelemetry;
  #ports: Ports;

  constructor(
    name: string,
    surroundings: NodeSurroundings,
    options: VirtualNodeOptions,
    disk?: VirtualDisk,
  ) {
    this.name = name;
    this.#surroundings = surroundings;
    this.#options = options;
    this.#random = surroundings.random.fork(`node/${name}`);
    this.disk = disk ?? new VirtualDisk(surroundings.clock, this.#random.fork('disk'));
    this.#life = this.#beginLife();
    this.#telemetry = this.#makeTelemetry();
    this.#host = this.#makeHost();
    this.#ports = this.#makePorts();
  }

  /** Ports of the present life. */
  get ports(): Ports {
    return this.#ports;
  }

  get isAlive(): boolean {
    return this.#life.isAlive;
  }

  get metrics(): MetricRegistry {
    return this.#telemetry.metrics;
  }

  /** Kept log lines of the present life, newest last. */
  get logLines(): readonly LogLine[] {
    return this.#telemetry.lines;
  }

  /** Asks the node to stop: SIGTERM, SIGINT. */
  signal(name: string): void {
    if (this.#life.isAlive) this.#host.signal(name);
  }

  /** SIGSTOP: nothing runs and nothing is read, while the world goes on. */
  pause(): void {
    this.#pause.waiting ??= [];
    this.#surroundings.network.stall(this.name);
  }

  /** SIGCONT: what fell due meanwhile runs now, late, in its order. */
  resume(): void {
    const { clock, network } = this.#surroundings;
    const waiting = this.#pause.waiting ?? [];
    this.#pause.waiting = undefined;
    for (const fn of waiting) clock.schedule(0, fn);
    network.resume(this.name);
  }

  get isPaused(): boolean {
    return this.#pause.waiting !== undefined;
  }

  /** `process`: kill -9, the disk keeps what was written. `power`: what was not synced is at risk. */
  crash(kind: 'process' | 'power'): void {
    this.#life.end(kind === 'power');
    this.resume();
    if (kind === 'process') return;
    this.#bootCount += 1;
    this.disk.losePower();
  }

  /** A new life on the same disk; the present one ends first, as by `crash('process')`. */
  restart(): Ports {
    this.#life.end(false);
    this.#life = this.#beginLife();
    this.#telemetry = this.#makeTelemetry();
    this.#host = this.#makeHost();
    this.#ports = this.#makePorts();
    return this.#ports;
  }

  #beginLife(): Life {
    const life = new Life(this.name, this.#surroundings.nextPid());
    this.#lifeCount += 1;
    this.#surroundings.lives.set(life.pid, life);
    return life;
  }

  #makeTelemetry(): NodeTelemetry {
    const life = this.#life;
    const nowUs = (): number => this.#surroundings.clock.nowUs;
    return nodeTelemetry(this.name, nowUs, this.#options.log ?? {}, () => life.isAlive);
  }

  #makeHost(): NodeHost {
    const life = this.#life;
    const { lives } = this.#surroundings;
    return nodeHost({
      owner: life,
      readings: this.readings,
      bootId: this.#random.fork(`boot/${this.#bootCount}`).hex(16),
      processStartTicks: (pid) => (lives.get(pid)?.isAlive ? String(pid * 10) : undefined),
      onExit: (code) => {
        this.exitCode = code;
        life.end(false);
      },
    });
  }

  #makePorts(): Ports {
    const life = this.#life;
    const { clock, network, findProgram } = this.#surroundings;
    const children = {
      clock,
      owner: life,
      findProgram,
      makeNode: (environment: Readonly<Record<string, string>>) => this.#makeChild(environment),
    };
    const real = this.#options.disk;
    return {
      clock: nodeClock(clock, life, this.wallClock, this.#pause),
      random: this.#random.fork(`life/${this.#lifeCount}`),
      sockets: nodeSockets(network, life),
      http: nodeHttp(network, life),
      disk: real === undefined ? this.disk.port(() => life.isAlive) : borrowedDisk(real),
      processes: nodeProcesses(children),
      threads: nodeThreads(children),
      telemetry: this.#telemetry.telemetry,
      secrets: { get: (name) => this.#secret(name) },
      host: this.#host.host,
    };
  }

  #secret(name: string): ReturnType<typeof hideSecret> | undefined {
    const value = this.#options.secrets?.[name];
    if (value === undefined || value === '') return undefined;
    this.#telemetry.redactor.learn(value);
    return hideSecret(value);
  }

  /** A child has its own life on its parent's disk, and sees only the environment it was given. */
  #makeChild(environment: Readonly<Record<string, string>>): ChildNode {
    this.#childCount += 1;
    const name = `${this.name}/${this.#childCount}`;
    const options: VirtualNodeOptions = { ...this.#options, secrets: environment };
    const child = new VirtualNode(name, this.#surroundings, options, this.disk);
    const life = child.#life;
    let end: readonly [number | null, string | null] = [null, 'SIGKILL'];
    return {
      life,
      ports: child.ports,
      signal: (signalName) => child.signal(signalName),
      end(code, signalName) {
        end = [code, signalName];
        life.end(false);
      },
      onEnd(fn) {
        life.onDeath(() => {
          if (child.exitCode !== undefined) fn(child.exitCode, null);
          else fn(...end);
        });
      },
    };
  }
}
