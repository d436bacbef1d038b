/**
 * Where log lines go: a file or stderr, written off the loop, one write at a time, from a bounded
 * buffer. A full disk or a reader that stalls costs log lines (counted), never the daemon: the
 * buffered writer that comes with pino retries a failed flush for ever.
 */
import fs from 'node:fs';
import { HoldfastError } from '../../../streams/facts/errors.ts';

/** Lines beyond this many waiting characters are dropped: about a minute of heavy logging. */
const maxWaitingLength = 8 * 1024 * 1024;
/** A pipe whose reader is slow gets this many chances, 1 ms apart, at the last flush. */
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
  const fd = target === 'stderr' ? stderrDescriptor : openFile(target);
  let waiting: string[] = [];
  let waitingLength = 0;
  let dropped = 0;
  let isWriting = false;
  const takeWaiting = (): Buffer => {
    const bytes = Buffer.from(waiting.join(''));
    waiting = [];
    waitingLength = 0;
    return bytes;
  };
  const pump = (): void => {
    if (isWriting || waiting.length === 0) return;
    isWriting = true;
    const lines = waiting.length;
    writeAll(fd, takeWaiting(), (failed) => {
      isWriting = false;
      if (failed) dropped += lines;
      pump();
    });
  };
  return {
    get droppedLines() {
      return dropped;
    },
    write(line) {
      if (waitingLength + line.length > maxWaitingLength) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      pump();
    },
    flushSync() {
      const lines = waiting.length;
      if (!writeAllNow(fd, takeWaiting())) dropped += lines;
    },
  };
}

function writeAll(fd: number, bytes: Buffer, done: (failed: boolean) => void): void {
  fs.write(fd, bytes, 0, bytes.length, null, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(fd, bytes, done), 1);
    else if (error) done(true);
    else if (written < bytes.length) writeAll(fd, bytes.subarray(written), done);
    else done(false);
  });
}

function writeAllNow(fd: number, bytes: Buffer): boolean {
  let done = 0;
  for (let attempt = 0; done < bytes.length && attempt < maxFlushAttempts; attempt += 1) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return done === bytes.length;
}

function openFile(path: string): number {
  try {
    return fs.openSync(path, 'a', 0o600);
  } catch (cause) {
    const message = `the log file ${path} cannot be opened; check the directory and its rights`;
    throw new HoldfastError('CONFIG_INVALID', message, { cause });
  }
}
