/** Bugs on the way to the store: what is shipped twice, not at all, or too early. */
import { bug, type PlantedBug } from './planted-bug.ts';

const writer = 'actors/evidence/store/writer.js';

export const storeBugs: readonly PlantedBug[] = [
  bug(
    'offset-before-rows',
    'the offset of a batch is moved before its rows are confirmed',
    'actors/evidence/store/ship-stream.js',
    `const quarantined = await writeBatch(database, batch, origin);
            const offset = { next, generation: this.#generation };
            await saveOffset(database, sourceId, stream, offset, ports.clock.nowUs());`,
    `const offset = { next, generation: this.#generation };
            await saveOffset(database, sourceId, stream, offset, ports.clock.nowUs());
            const quarantined = await writeBatch(database, batch, origin);`,
  ),
  bug(
    'batch-without-token',
    'a batch whose answer was lost is inserted again as another one',
    writer,
    'await database.insert({ ...table, token });',
    "globalThis.inserts = (globalThis.inserts ?? 0) + 1; await database.insert({ ...table, token: token + ':' + globalThis.inserts });",
  ),
  bug(
    'refused-row-dropped',
    'a row that no table can take is passed over',
    writer,
    'await quarantine(database, bad, origin);',
    '',
  ),
  bug(
    'shipped-before-sync',
    'readers are told of records that are written and not synced yet',
    'streams/journal/commit-pipeline.js',
    'this.#writtenNext = block.endOffset;',
    'this.#writtenNext = block.endOffset; this.#cell.write(block.endOffset, this.#core.epoch);',
  ),
];
