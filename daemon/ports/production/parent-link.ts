/**
 * The other end of `processes.spawn` and `threads.spawn`: how an entry point talks to whoever
 * started it. Only entry points use it; everything else is given what it needs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { ParentLink } from '../parent-link.ts';

/** The channel to the parent process; undefined when this process was started by hand. */
export function parentProcessLink(): ParentLink | undefined {
  if (process.send === undefined) return undefined;
  return {
    send(message) {
      if (!process.connected) return false;
      process.send?.(message, undefined, undefined, () => undefined);
      return true;
    },
    onMessage: (fn) => void process.on('message', fn),
    onDisconnect(fn) {
      // The event of a parent that died before anyone listened has come and gone.
      if (process.connected) process.on('disconnect', fn);
      else queueMicrotask(fn);
    },
  };
}

/** The channel to the thread's owner, with the input it was started with. */
export function parentThreadLink(): (ParentLink & { readonly input: unknown }) | undefined {
  const port = parentPort;
  if (port === null) return undefined;
  return {
    input: workerData as unknown,
    send(message) {
      port.postMessage(message);
      return true;
    },
    onMessage: (fn) => void port.on('message', fn),
    onDisconnect: (fn) => void port.on('close', fn),
  };
}
