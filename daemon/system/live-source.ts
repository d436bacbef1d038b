/** Where live attach reads from: the journal's own readers, and a tap on the log. */

import type { Journal } from '../../streams/journal/index.ts';
import type { LiveSource } from '../http/live/index.ts';
import type { LogTee } from './log-tee.ts';

export function liveSource(journal: Journal, tee: LogTee): LiveSource {
  return {
    open: (name, from) => {
      const stream = journal.stream(name);
      return stream.follow(from ?? stream.durableNextOffset);
    },
    end: (name) => journal.stream(name).durableNextOffset,
    tapLog: (listener) => tee.tap(listener),
  };
}
