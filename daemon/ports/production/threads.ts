/** Worker threads. A thread sees the minimal environment and its input, nothing else. */
import { Worker } from 'node:worker_threads';
import type { Threads } from '../../../streams/ports/index.ts';
import { inheritedThreadFlags, minimalEnvironment } from './processes.ts';

/** Starts worker threads; a module that cannot be loaded is an `onExit` with its error. */
export function productionThreads(): Threads {
  return {
    spawn(modulePath, input, handlers) {
      const worker = new Worker(modulePath, {
        workerData: input,
        env: minimalEnvironment(),
        execArgv: inheritedThreadFlags(),
      });
      let failure: Error | undefined;
      let terminated = false;
      worker.on('message', (message) => handlers.onMessage(message));
      worker.on('messageerror', (error) => {
        failure ??= error;
        void worker.terminate();
      });
      worker.on('error', (error: Error) => {
        failure ??= error;
      });
      worker.on('exit', (code) => {
        const odd = code !== 0 && !terminated;
        handlers.onExit(failure ?? (odd ? new Error(`thread ended with code ${code}`) : undefined));
      });
      return {
        post: (message) => worker.postMessage(message),
        async terminate() {
          terminated = true;
          await worker.terminate();
        },
      };
    },
  };
}
