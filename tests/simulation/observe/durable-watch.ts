/**
 * What the journal calls durable, and tells those who wait for it, is on the platters: every stream
 * up to the offset it states, as the power would leave it.
 */
import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import type { System } from '../../../daemon/system.ts';
import { streamNames } from '../../../streams/journal/index.ts';
import { DurableBlocks } from '../world/durable-facts.ts';
import type { Verdict } from './verdict.ts';

export class DurableWatch {
  readonly #verdict: Verdict;
  readonly #streams: readonly (readonly [(typeof streamNames)[number], DurableBlocks])[];
  readonly #listeners: ((stream: string, block: Buffer) => void)[] = [];

  constructor(disk: VirtualDisk, dataDirectory: string, verdict: Verdict) {
    this.#verdict = verdict;
    this.#streams = streamNames.map((name) => [
      name,
      new DurableBlocks(disk, `${dataDirectory}/journal/${name}`),
    ]);
  }

  /** Who else wants to know, block by block. */
  onBlock(listener: (stream: string, block: Buffer) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes in what became durable since. */
  take(): void {
    for (const [name, blocks] of this.#streams)
      for (const block of blocks.take())
        for (const listener of this.#listeners) listener(name, block);
  }

  look({ journal }: System): void {
    this.take();
    for (const [name, blocks] of this.#streams) {
      const { durableNextOffset } = journal.stream(name);
      if (durableNextOffset > blocks.nextOffset)
        this.#verdict.broken(
          'durable',
          `${name} is called durable up to ${durableNextOffset}, the platters hold it up to ${blocks.nextOffset}`,
        );
    }
  }
}
