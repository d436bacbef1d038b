/** `holdfast verify` and `holdfast repair`: prove a journal, or copy what can be proved of a damaged one. */
import { join } from 'node:path';
import { repairJournal, verifyJournal } from '../../streams/journal/index.ts';
import { startProgress } from './progress.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

export function journalDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'journal');
}

/** Exit code 4 when damage was found. */
export function verifyCommand(environment: CommandEnvironment, dataDirectory: string): number {
  const { ports, terminal, json } = environment;
  const progress = startProgress(terminal, 'verifying', 'bytes');
  const report = verifyJournal(
    ports.disk,
    journalDirectory(dataDirectory),
    { from: 'zero' },
    (at) => progress.update(at.bytesDone, at.bytesTotal, `${at.stream} ${at.segment}`),
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
        : 'copy what is provable with `holdfast repair --out <directory>`',
    );
  }
  return report.isWhole ? 0 : 4;
}

export function repairCommand(
  environment: CommandEnvironment,
  dataDirectory: string,
  out: string,
): number {
  const report = repairJournal(environment.ports.disk, journalDirectory(dataDirectory), out);
  printJson(environment.terminal, report);
  return 0;
}
