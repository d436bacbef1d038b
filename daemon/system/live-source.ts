/** Where live attach reads from: one shared tail a journal stream, and a tap on the log. */
import { type Journal, type StreamName, streamNames } from '../../streams/journal/index.ts';
import type { LiveSource } from '../http/live/index.ts';
import type { LogTee } from './log-tee.ts';
import { SharedTail } from './shared-tail.ts';

export function liveSource(journal: Journal, tee: LogTee): LiveSource {
  const tails = new Map<StreamName, SharedTail>(
    streamNames.map((name) => [name, new SharedTail(journal.stream(name))]),
  );
  return {
    open: (name, from) => {
      const tail = tails.get(name);
      if (tail === undefined) throw new Error(`no journal stream ${name}`);
      return tail.open(from ?? journal.stream(name).durableNextOffset);
    },
    end: (name) => journal.stream(name).durableNextOffset,
    tapLog: (listener) => tee.tap(listener),
  };
}
