/** What an importer is asked to do, with the help texts a command line shows for it. */
import type { HoldfastError } from '../../facts/errors.ts';

export const importFormats = [
  'deribit-raw',
  'deribit-board',
  'tardis-csv',
  'binance-coinm',
] as const;
export type ImportFormat = (typeof importFormats)[number];

export interface ImportSource {
  readonly path: string;
  /** binance-coinm: the instrument the tape becomes, e.g. `BTC-PERPETUAL`. */
  readonly as?: string;
}

/** Bytes are those of the file as stored (compressed, if it is). */
export interface ImportProgress {
  readonly source: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly linesDone: number;
  /** `survey` reads the recording once for its instruments; `events` writes the world. */
  readonly phase: 'survey' | 'events';
}

export interface ImportRequest {
  readonly format: ImportFormat;
  readonly sources: readonly ImportSource[];
  /** deribit-raw, deribit-board, tardis-csv: a capture of `get_instruments` replies. */
  readonly instrumentsPath?: string;
  /** Malformed lines tolerated over all sources; default 0. */
  readonly skipMalformed?: number;
  /** binance-coinm: fee rates of the instrument row; the tape has none. */
  readonly makerFeeRate?: string;
  readonly takerFeeRate?: string;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** One row per option: flag, argument, text. The command line is generated from it. */
export const importOptionHelp = {
  format: ['--format <format>', `form of the recording: ${importFormats.join(', ')}`],
  sources: ['<file...>', 'recordings to seal into one world, in this order; gzip is recognised'],
  as: [
    '--as <name...>',
    'instrument each COIN-M file becomes, one per file, e.g. BTC-PERPETUAL ETH-PERPETUAL',
  ],
  instrumentsPath: [
    '--instruments <file>',
    'capture of get_instruments replies with the instruments of the recording',
  ],
  skipMalformed: [
    '--skip-malformed <count>',
    'tolerate this many malformed lines; each is listed in the manifest (default 0)',
  ],
  makerFeeRate: [
    '--maker-fee <rate>',
    'maker fee rate of a COIN-M instrument (default 0.0001); not in the tape',
  ],
  takerFeeRate: [
    '--taker-fee <rate>',
    'taker fee rate of a COIN-M instrument (default 0.0005); not in the tape',
  ],
  licence: ['--licence <text>', 'licence of the recording, kept in the manifest'],
  name: [
    '--name <scenario>',
    'name of the world: lower case letters, digits, dot, dash, underscore',
  ],
} as const satisfies Record<string, readonly [flag: string, help: string]>;

/** An importer fed with the lines of one source after the other. */
export interface LineImporter {
  /**
   * Takes one line. Throws IMPORT_INVALID or SCHEMA_INVALID when it is malformed; the line has then had
   * no effect and the driver decides whether to go on.
   */
  line(text: string): void;
  /** The end of one source. Throws IMPORT_INVALID when something is missing. */
  endSource(): void;
}

/** True for the errors that mean "this line", as opposed to a bug or a full disk. */
export function isMalformedLine(error: HoldfastError): boolean {
  return error.code === 'IMPORT_INVALID' || error.code === 'SCHEMA_INVALID';
}
