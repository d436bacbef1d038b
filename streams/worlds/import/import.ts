/**
 * Turns recordings into events for a sink, line by line, and says how. A malformed line is named with its
 * number; above the tolerance the import stops with IMPORT_INVALID, and it is the caller's to remove what
 * the sink has written.
 */
import { asHoldfastError, assertNever, HoldfastError } from '../../facts/errors.ts';
import type { Disk } from '../../ports/index.ts';
import type { WorldProvenance, WorldSource } from '../manifest.ts';
import type { EventSink } from '../world-writer.ts';
import { parseBoardLine } from './board-lines.ts';
import { BoardImporter, surveyBoard } from './boards.ts';
import { CoinmImporter } from './coinm.ts';
import { coinmDefaultFees } from './coinm-instrument.ts';
import { DeribitImporter } from './deribit.ts';
import { parseCaptureLine } from './deribit-lines.ts';
import { DeribitSurvey } from './deribit-survey.ts';
import { InstrumentSurvey } from './instrument-survey.ts';
import { LineSource } from './lines.ts';
import { Provenance } from './provenance.ts';
import {
  type ImportRequest,
  type ImportSource,
  isMalformedLine,
  type LineImporter,
} from './request.ts';
import { CsvImporter, CsvSurvey } from './tardis-csv.ts';

export interface ImportResult {
  readonly source: Omit<WorldSource, 'licence'>;
  /** `bookGaps` are known to whoever wrote the events. */
  provenance(bookGaps: Record<string, number>): WorldProvenance;
}

interface ImportRun {
  readonly disk: Disk;
  readonly request: ImportRequest;
  readonly provenance: Provenance;
  readonly files: WorldSource['files'];
}

/** The error of a line, or undefined when the line is fine. Other errors pass. */
function malformation(text: string, take: (text: string) => void): string | undefined {
  try {
    take(text);
    return undefined;
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    if (isMalformedLine(error)) return error.message;
    throw error;
  }
}

async function readSource(
  run: ImportRun,
  source: ImportSource,
  importer: LineImporter,
): Promise<void> {
  const lines = new LineSource(run.disk, source.path);
  let linesDone = 0;
  for await (const batch of lines.batches()) {
    for (const text of batch.lines) {
      linesDone += 1;
      if (text.trim() === '') continue;
      run.provenance.countLine();
      const reason = malformation(text, (line) => importer.line(line));
      if (reason !== undefined) run.provenance.skip(lines.name, linesDone, reason);
    }
    const { bytesDone, bytesTotal } = batch;
    run.request.onProgress?.({
      source: lines.name,
      bytesDone,
      bytesTotal,
      linesDone,
      phase: 'events',
    });
  }
  const missing = malformation('', () => importer.endSource());
  if (missing !== undefined) throw new HoldfastError('IMPORT_INVALID', `${lines.name}: ${missing}`);
  run.files.push({ name: lines.name, ...lines.digest() });
}

/** What a first pass does with a line. */
type SurveyLine = (text: string) => void;

/**
 * Reads a file for what the survey learns from it. Malformed lines of a recording are not reported here:
 * the second pass meets them again and counts them. An instrument list tolerates none.
 */
async function surveyFile(
  run: ImportRun,
  path: string,
  take: SurveyLine,
  isList = false,
): Promise<LineSource> {
  const lines = new LineSource(run.disk, path);
  let linesDone = 0;
  for await (const batch of lines.batches()) {
    for (const text of batch.lines) {
      linesDone += 1;
      if (text.trim() === '') continue;
      const reason = malformation(text, take);
      if (isList && reason !== undefined) {
        throw new HoldfastError('IMPORT_INVALID', `${lines.name} line ${linesDone}: ${reason}`);
      }
    }
    const { bytesDone, bytesTotal } = batch;
    run.request.onProgress?.({
      source: lines.name,
      bytesDone,
      bytesTotal,
      linesDone,
      phase: 'survey',
    });
  }
  return lines;
}

async function readInstrumentList(run: ImportRun, instruments: InstrumentSurvey): Promise<void> {
  const { instrumentsPath } = run.request;
  if (instrumentsPath === undefined) return;
  const take: SurveyLine = (text) => instruments.list(parseCaptureLine(text));
  const list = await surveyFile(run, instrumentsPath, take, true);
  if (instruments.listedRows === 0) {
    throw new HoldfastError('IMPORT_INVALID', `${list.name}: no get_instruments reply in it`);
  }
  run.files.push({ name: list.name, ...list.digest() });
}

async function importDeribit(run: ImportRun, sink: EventSink): Promise<ImportResult> {
  const survey = new DeribitSurvey();
  const { sources } = run.request;
  await readInstrumentList(run, survey.instruments);
  for (const source of sources) await surveyFile(run, source.path, (text) => survey.line(text));
  const importer = new DeribitImporter(survey, sink, run.provenance);
  for (const source of sources) await readSource(run, source, importer);
  return resultOf(run, 'deribit', {});
}

async function importBoard(run: ImportRun, sink: EventSink): Promise<ImportResult> {
  const instruments = new InstrumentSurvey();
  const { sources, instrumentsPath } = run.request;
  const survey: SurveyLine = (text) => surveyBoard(instruments, parseBoardLine(text));
  if (instrumentsPath !== undefined) {
    const list = await surveyFile(run, instrumentsPath, survey, true);
    run.files.push({ name: list.name, ...list.digest() });
  }
  for (const source of sources) await surveyFile(run, source.path, survey);
  const importer = new BoardImporter(instruments, run.provenance);
  for (const source of sources) await readSource(run, source, importer);
  importer.finish(sink);
  return resultOf(run, 'deribit', {});
}

async function importTardisCsv(run: ImportRun, sink: EventSink): Promise<ImportResult> {
  const instruments = new InstrumentSurvey();
  const { sources } = run.request;
  await readInstrumentList(run, instruments);
  for (const source of sources) {
    const survey = new CsvSurvey(instruments);
    await surveyFile(run, source.path, (text) => survey.line(text));
  }
  const importer = new CsvImporter(instruments, sink, run.provenance);
  for (const source of sources) await readSource(run, source, importer);
  return resultOf(run, 'deribit', {});
}

async function importCoinm(run: ImportRun, sink: EventSink): Promise<ImportResult> {
  const { sources, makerFeeRate, takerFeeRate } = run.request;
  const fees = {
    makerFeeRate: makerFeeRate ?? coinmDefaultFees.makerFeeRate,
    takerFeeRate: takerFeeRate ?? coinmDefaultFees.takerFeeRate,
  };
  for (const source of sources) {
    const name = source.as ?? '';
    await readSource(run, source, new CoinmImporter(name, fees, sink, run.provenance));
  }
  return resultOf(run, 'binance-coinm', { as: sources.map((source) => source.as ?? ''), ...fees });
}

function resultOf(run: ImportRun, venue: string, options: Record<string, unknown>): ImportResult {
  const { format, skipMalformed } = run.request;
  return {
    source: {
      format,
      venue,
      files: run.files,
      options: { ...options, skipMalformed: skipMalformed ?? 0 },
    },
    provenance: (bookGaps) => run.provenance.summary(bookGaps),
  };
}

/**
 * Reads every source into the sink. Throws IMPORT_INVALID (malformed input, torn gzip, nothing usable)
 * and whatever the disk or the sink throws.
 */
export async function importRecordings(
  disk: Disk,
  request: ImportRequest,
  sink: EventSink,
): Promise<ImportResult> {
  if (request.sources.length === 0) throw new HoldfastError('USAGE', 'name at least one recording');
  const provenance = new Provenance(request.skipMalformed ?? 0);
  const run: ImportRun = { disk, request, provenance, files: [] };
  switch (request.format) {
    case 'deribit-raw':
      return importDeribit(run, sink);
    case 'deribit-board':
      return importBoard(run, sink);
    case 'tardis-csv':
      return importTardisCsv(run, sink);
    case 'binance-coinm':
      return importCoinm(run, sink);
    default:
      return assertNever(request.format);
  }
}
