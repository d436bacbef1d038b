/**
 * Where log lines go: a file or stderr, written between turns of the loop from a bounded buffer.
 * A full disk or a reader that stalls costs log lines (counted), never the daemon. Writes are
 * synchronous and never block: what is in the hands of a thread could not be flushed at the end,
 * and the buffered writer that comes with pino retries a failed flush for ever.
 */
import fs from 'node:fs';
import net from 'node:net';
import { HoldfastError } from '../../../streams/facts/errors.ts';

/** Lines beyond this many waiting characters are dropped: about a minute of heavy logging. */
const maxWaitingLength = 8 * 1024 * 1024;
/** Written per turn of the loop, which is what one pipe holds. */
const maxLinesPerWrite = 256;
/** How long to wait before a full pipe is tried again. */
const fullPipePauseMs = 5;
/** A pipe whose reader is slow gets this many chances in a row, 1 ms apart, at the last flush. */
const maxFlushAttempts = 20;
const stderrDescriptor = 2;

export interface LogDestination {
  write(line: string): void;
  flushSync(): void;
  /** Lines lost so far, because the buffer was full or the write failed. */
  readonly droppedLines: number;
}

/** `target` is `stderr` or the path of a file to append to. Throws CONFIG_INVALID. */
export function openLogDestination(target: string): LogDestination {
  return new BufferedDestination(target === 'stderr' ? openStderr() : openFile(target));
}

class BufferedDestination implements LogDestination {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  /** Bytes of lines that were begun. */
  #begun: Buffer = Buffer.alloc(0);
  #begunLines = 0;
  #isScheduled = false;
  droppedLines = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    if (this.#waitingLength + line.length > maxWaitingLength) {
      this.droppedLines += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  flushSync(): void {
    let attempts = 0;
    while (this.#hasMore() && attempts < maxFlushAttempts) {
      if (this.#writeSome()) attempts = 0;
      else {
        attempts += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }

  #turn(): void {
    this.#isScheduled = false;
    const isFlowing = this.#writeSome();
    if (!this.#hasMore()) return;
    this.#isScheduled = true;
    if (isFlowing) setImmediate(() => this.#turn());
    else setTimeout(() => this.#turn(), fullPipePauseMs).unref();
  }

  #hasMore(): boolean {
    return this.#begun.length > 0 || this.#waiting.length > 0;
  }

  /** Writes what the system takes at once; false when it takes nothing now. */
  #writeSome(): boolean {
    if (this.#begun.length === 0) this.#begin();
    try {
      this.#begun = this.#begun.subarray(fs.writeSync(this.#fd, this.#begun));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      this.droppedLines += this.#begunLines;
      this.#begun = Buffer.alloc(0);
      return true;
    }
  }

  #begin(): void {
    const lines = this.#waiting.splice(0, maxLinesPerWrite);
    const text = lines.join('');
    this.#begun = Buffer.from(text);
    this.#begunLines = lines.length;
    this.#waitingLength -= text.length;
  }
}

/**
 * A descriptor of stderr that never blocks. A reader that stalls (a terminal on hold, a stopped
 * supervisor) would otherwise keep a thread inside `write`, and a process cannot exit before all
 * its threads returned: the daemon could not even die.
 */
function openStderr(): number {
  const stats = fs.fstatSync(stderrDescriptor);
  if (stats.isSocket()) {
    // Taking it as a socket makes it non-blocking; the object itself is not used.
    keptSockets.push(new net.Socket({ fd: stderrDescriptor, readable: false, writable: true }));
    keptSockets.at(-1)?.unref();
    return stderrDescriptor;
  }
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return stderrDescriptor;
  try {
    const flags = fs.constants.O_WRONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;
    return fs.openSync(`/proc/self/fd/${stderrDescriptor}`, flags);
  } catch {
    return stderrDescriptor;
  }
}

/** A socket that is collected closes its descriptor: these live as long as the process. */
const keptSockets: net.Socket[] = [];

function openFile(path: string): number {
  try {
    return fs.openSync(path, 'a', 0o600);
  } catch (cause) {
    const message = `the log file ${path} cannot be opened; check the directory and its rights`;
    throw new HoldfastError('CONFIG_INVALID', message, { cause });
  }
}
