/** `holdfast verify` and `holdfast repair`: prove a journal, or copy what can be proved of a damaged one. */
import { join } from 'node:path';
import { HoldfastError } from '../../streams/facts/errors.ts';
import {
  repairCommand as repairCommandText,
  repairJournal,
  verifyJournal,
} from '../../streams/journal/index.ts';
import type { Disk } from '../../streams/ports/index.ts';
import { startProgress } from './progress.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

/** Which journal: the one of a data directory, or any directory that is one. */
export interface JournalPlace {
  readonly data: string;
  readonly journal?: string;
}

/** Throws NOT_FOUND when there is no journal: nothing proved is not proof. */
export function existingJournal(disk: Disk, { data, journal }: JournalPlace): string {
  const directory = journal ?? join(data, 'journal');
  if (disk.stat(directory)?.kind === 'directory') return directory;
  throw new HoldfastError(
    'NOT_FOUND',
    `no journal in ${directory}: name the data directory of the daemon with --data, or the journal with --journal`,
  );
}

/** Exit code 4 when damage was found. */
export function verifyCommand(environment: CommandEnvironment, place: JournalPlace): number {
  const { ports, terminal, json } = environment;
  const directory = existingJournal(ports.disk, place);
  const progress = startProgress(terminal, 'verifying', 'bytes');
  const report = verifyJournal(ports.disk, directory, { from: 'zero' }, (at) =>
    progress.update(at.bytesDone, at.bytesTotal, `${at.stream} ${at.segment}`),
  );
  progress.stop();
  if (json) printJson(terminal, report);
  else {
    terminal.out(
      renderTable(
        ['stream', 'segments', 'blocks', 'records', 'next offset', 'last hash'],
        report.streams.map((stream) => [
          stream.stream,
          String(stream.segments),
          String(stream.blocks),
          String(stream.records),
          String(stream.nextOffset),
          stream.lastHash.slice(0, 16),
        ]),
      ),
    );
    for (const { stream, segment, byteOffset, recordOffset, reason } of report.damages) {
      terminal.out(
        `${paint.red('damaged')}  ${stream}/${segment} at byte ${byteOffset} (record ${recordOffset}): ${reason}`,
      );
    }
    terminal.out(
      report.isWhole
        ? paint.green('whole')
        : `copy what is provable with: ${repairCommandText(directory)}`,
    );
  }
  return report.isWhole ? 0 : 4;
}

/** Copies what is provable to a new directory; the damaged journal is left as it is. */
export function repairCommand(
  environment: CommandEnvironment,
  place: JournalPlace,
  out: string,
): number {
  const { ports, terminal, json } = environment;
  const directory = existingJournal(ports.disk, place);
  const report = repairJournal(ports.disk, directory, out);
  if (json) {
    printJson(terminal, report);
    return 0;
  }
  terminal.out(
    renderTable(
      ['stream', 'copied', 'salvaged', 'lost offsets', 'next offset'],
      report.streams.map(({ stream, copied, salvaged, lost, nextOffset }) => [
        stream,
        String(copied),
        String(salvaged),
        lost.length === 0 ? 'none' : lost.map(({ from, to }) => `${from} to ${to - 1}`).join(', '),
        String(nextOffset),
      ]),
    ),
  );
  terminal.out(`${paint.green('copied')}  ${report.to}`);
  terminal.out(
    `To use it: move ${directory} aside, move ${report.to} to ${directory}, and start again.`,
  );
  return 0;
}
