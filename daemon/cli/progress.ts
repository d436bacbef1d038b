/** Progress of long work on stderr: a bar with rate and time left, nothing when it is not a terminal. */
import cliProgress from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Progress {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

/** A bar on a terminal; silence in pipes and with `--json`. */
export function startProgress(terminal: Terminal, title: string, unit: string): Progress {
  if (!terminal.isInteractive) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage}% | {value}/{total} ${unit} | {what} | {eta_formatted} left`,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update: (done, total, what) => {
      if (!started) bar.start(total, done, { what });
      started = true;
      bar.setTotal(total);
      bar.update(done, { what });
    },
    stop: () => bar.stop(),
  };
}
