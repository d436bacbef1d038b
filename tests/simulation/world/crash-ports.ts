/**
 * Ports that can end the life of their node inside any call: before it happens or just after it
 * did. What the dead code still tries throws, or never answers; it can do no harm.
 */
import type { EvidenceDatabase } from '../../../actors/evidence/store/index.ts';
import { VirtualExit } from '../../../daemon/ports/virtual/index.ts';
import type {
  Disk,
  DiskFile,
  Ports,
  Socket,
  SocketHandlers,
} from '../../../streams/ports/index.ts';

/** `order`: the calls of the wire in which an order leaves. */
export const portKinds = ['disk', 'wire', 'clock', 'order'] as const;
export type PortKind = (typeof portKinds)[number];
export type CrashSide = 'before' | 'after';

/** Asked at every call, twice: true ends the life there. */
export interface CrashSwitch {
  /** True when the node must die at this point of this call. */
  trips(kind: PortKind, side: CrashSide): boolean;
  /** Ends the life. */
  crash(): void;
  readonly isDead: boolean;
}

/** A crash of the plan that waits for its call. */
export interface ArmedCrash<Entry> {
  readonly entry: Entry;
  left: number;
}

/** Counts the calls it waits for; true in the one in which the life ends. */
export function strikes(
  armed: ArmedCrash<{ readonly port: PortKind; readonly side: CrashSide }> | undefined,
  kind: PortKind,
  side: CrashSide,
): boolean {
  if (armed === undefined || armed.entry.port !== kind || armed.entry.side !== side) return false;
  armed.left -= 1;
  return armed.left <= 0;
}

/** Sees what passes through the ports of a life, in the very call. */
export interface PortWatch {
  /** The text is about to leave. */
  onSend(text: string): void;
  /** The text has arrived and is about to be handled. */
  onReceive(text: string): void;
  onSocket(state: 'open' | 'closed'): void;
  /** A read over HTTP was answered with that status, `tookUs` after it was asked. */
  onRead(url: string, tookUs: number, status: number): void;
}

/** Thrown out of a call in which the node died. */
export class Crashed extends VirtualExit {
  constructor() {
    super(137);
    this.name = 'Crashed';
  }
}

type Guarded = <T>(kind: PortKind, call: () => T) => T;

function guardedBy(crashes: CrashSwitch): Guarded {
  return (kind, call) => {
    // Dead code may read the time: it does no harm, and its timers do not fire.
    if (crashes.isDead && kind === 'clock') return call();
    if (crashes.isDead) throw new Crashed();
    if (crashes.trips(kind, 'before')) {
      crashes.crash();
      throw new Crashed();
    }
    const result = call();
    if (crashes.trips(kind, 'after')) {
      crashes.crash();
      throw new Crashed();
    }
    return result;
  };
}

/** For calls that answer later: a dead caller hears of nothing, not even of a failure. */
function laterBy(guarded: Guarded, crashes: CrashSwitch) {
  return <T>(kind: PortKind, call: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const alive =
        <A>(settle: (value: A) => void) =>
        (value: A): void => {
          if (!crashes.isDead) settle(value);
        };
      const heard = (): Promise<T> => {
        const answer = call();
        // When the node dies right after the call, nobody is left to hear how it went.
        answer.catch(() => undefined);
        return answer;
      };
      try {
        guarded(kind, heard).then(alive(resolve), alive(reject));
      } catch (thrown) {
        if (!(thrown instanceof Crashed)) reject(thrown as Error);
      }
    });
}
type Later = ReturnType<typeof laterBy>;

function crashableFile(file: DiskFile, guarded: Guarded, later: Later): DiskFile {
  return {
    path: file.path,
    writeSync: (bytes, position) => guarded('disk', () => file.writeSync(bytes, position)),
    datasyncSync: () => guarded('disk', () => file.datasyncSync()),
    write: (bytes, position) => later('disk', () => file.write(bytes, position)),
    datasync: () => later('disk', () => file.datasync()),
    readSync: (position, length) => guarded('disk', () => file.readSync(position, length)),
    read: (position, length) => later('disk', () => file.read(position, length)),
    size: () => file.size(),
    preallocateSync: (length) => guarded('disk', () => file.preallocateSync(length)),
    truncateSync: (length) => guarded('disk', () => file.truncateSync(length)),
    close: () => file.close(),
  };
}

function crashableDisk(disk: Disk, guarded: Guarded, later: Later): Disk {
  return {
    open: (path, mode) =>
      crashableFile(
        guarded('disk', () => disk.open(path, mode)),
        guarded,
        later,
      ),
    readFile: (path) => guarded('disk', () => disk.readFile(path)),
    writeFileAtomic: (path, bytes, mode) =>
      guarded('disk', () => disk.writeFileAtomic(path, bytes, mode)),
    createFileAtomic: (path, bytes) => guarded('disk', () => disk.createFileAtomic(path, bytes)),
    exists: (path) => guarded('disk', () => disk.exists(path)),
    stat: (path) => guarded('disk', () => disk.stat(path)),
    list: (path) => guarded('disk', () => disk.list(path)),
    makeDirectory: (path) => guarded('disk', () => disk.makeDirectory(path)),
    rename: (from, to) => guarded('disk', () => disk.rename(from, to)),
    remove: (path) => guarded('disk', () => disk.remove(path)),
    removeTree: (path) => guarded('disk', () => disk.removeTree(path)),
    syncDirectory: (path) => guarded('disk', () => disk.syncDirectory(path)),
    space: (path) => disk.space(path),
  };
}

const orderCall = /"method":"private\/(buy|sell)"/;

/** Keeps what the socket is and guards what is sent through it. */
function crashableSocket(socket: Socket, guarded: Guarded, watch: PortWatch): Socket {
  return {
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    get isOpen() {
      return socket.isOpen;
    },
    remoteAddress: socket.remoteAddress,
    send: (data, onWritten) => {
      const text = String(data);
      const leave = (): boolean =>
        guarded('wire', () => {
          if (socket.isOpen) watch.onSend(text);
          return socket.send(data, onWritten);
        });
      return orderCall.test(text) ? guarded('order', leave) : leave();
    },
    ping: () => socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

function watched(handlers: SocketHandlers, watch: PortWatch): SocketHandlers {
  return {
    onOpen: () => {
      watch.onSocket('open');
      handlers.onOpen?.();
    },
    onMessage: (data, isBinary) => {
      watch.onReceive(data.toString('utf8'));
      handlers.onMessage(data, isBinary);
    },
    onClose: (code, reason) => {
      watch.onSocket('closed');
      handlers.onClose(code, reason);
    },
  };
}

/** The ports of one life, with a crash switch in disk, wire and clock. */
export function crashablePorts(ports: Ports, crashes: CrashSwitch, watch: PortWatch): Ports {
  const guarded = guardedBy(crashes);
  const later = laterBy(guarded, crashes);
  const { clock, sockets, http, disk } = ports;
  return {
    ...ports,
    clock: {
      ...clock,
      nowUs: () => guarded('clock', () => clock.nowUs()),
      monotonicUs: () => guarded('clock', () => clock.monotonicUs()),
      after: (delayMs, fn) => guarded('clock', () => clock.after(delayMs, fn)),
      soon: (fn) => guarded('clock', () => clock.soon(fn)),
    },
    sockets: {
      connect: (url, options, handlers) =>
        crashableSocket(
          guarded('wire', () => sockets.connect(url, options, watched(handlers, watch))),
          guarded,
          watch,
        ),
    },
    http: {
      request: (request) =>
        later('wire', async () => {
          const startedUs = clock.monotonicUs();
          const response = await http.request(request);
          watch.onRead(request.url, clock.monotonicUs() - startedUs, response.status);
          return response;
        }),
      serve: (options) => http.serve(options),
    },
    disk: crashableDisk(disk, guarded, later),
  };
}

/** Every request to the store is a call of the wire. */
export function crashableDatabase(
  database: EvidenceDatabase,
  crashes: CrashSwitch,
): EvidenceDatabase {
  const later = laterBy(guardedBy(crashes), crashes);
  return {
    database: database.database,
    ping: () => later('wire', () => database.ping()),
    rows: (query, params) => later('wire', () => database.rows(query, params)),
    command: (statement) => later('wire', () => database.command(statement)),
    insert: (insert) => later('wire', () => database.insert(insert)),
    close: () => database.close(),
  };
}
