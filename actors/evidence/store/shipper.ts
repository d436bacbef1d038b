/** Ships every stream of one journal into one store, and says how far it is. */
import type { Ports } from '../../../streams/ports/index.ts';
import type { EvidenceDatabase } from './database.ts';
import type { FactSource } from './fact-source.ts';
import { loadOffsets, nothingShipped } from './offsets.ts';
import { StreamShipper, type StreamStatus } from './ship-stream.ts';

export interface ShipperOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly database: EvidenceDatabase;
  readonly source: FactSource;
  /** Identity of the journal, stable over restarts: event ids are unique within it. */
  readonly sourceId: string;
}

export interface Shipper {
  status(): readonly StreamStatus[];
  /** Resolves when every stream has ended after the batch in hand. */
  stop(): Promise<void>;
}

/** Reads the confirmed offsets and starts. Rejects when the store does not give them. */
export async function startShipper(options: ShipperOptions): Promise<Shipper> {
  const { database, source, sourceId, ports } = options;
  const offsets = await loadOffsets(database, sourceId);
  const shippers = source.streams.map(
    (stream) =>
      new StreamShipper({
        ports,
        database,
        source,
        sourceId,
        stream,
        start: offsets.get(stream) ?? nothingShipped,
      }),
  );
  const done = Promise.all(shippers.map((shipper) => shipper.run())).then(() => undefined);
  return {
    status: () => shippers.map((shipper) => shipper.status()),
    async stop() {
      for (const shipper of shippers) shipper.stop();
      await done;
    },
  };
}
