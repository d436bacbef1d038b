/** Books, trade sequences and conflation: what market rooms, venues and replays share. */
export { BookSide, maxLevelsPerSide } from './book-side.ts';
export type { Conflated, ConflateOptions } from './conflated.ts';
export { type ApplyResult, InstrumentBook } from './instrument-book.ts';
