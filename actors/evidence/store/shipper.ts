/** Ships every stream of one journal into one store, and says how far it is. */
import type { Ports } from '../../../streams/ports/index.ts';
import { Breakers, type BreakerView } from '../../supervision/index.ts';
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

/** Five writes that failed, of whatever stream; the store is asked again at least every ten seconds. */
const writerSettings = {
  limits: { failuresMax: 5, windowUs: 600_000_000 },
  pauseMs: { first: 1_000, last: 6_000 },
};

export interface Shipper {
  status(): readonly StreamStatus[];
  /** The breaker in front of every write. */
  readonly breaker: BreakerView;
  /** Resolves when every stream has ended after the batch in hand. */
  stop(): Promise<void>;
}

/** Reads the confirmed offsets and starts. Rejects when the store does not give them. */
export async function startShipper(options: ShipperOptions): Promise<Shipper> {
  const { database, source, sourceId, ports } = options;
  const breakers = new Breakers({ ports, settings: { store_writer: writerSettings } });
  const offsets = await loadOffsets(database, sourceId);
  const shippers = source.streams.map(
    (stream) =>
      new StreamShipper({
        ports,
        database,
        source,
        sourceId,
        stream,
        breakers,
        start: offsets.get(stream) ?? nothingShipped,
      }),
  );
  const done = Promise.all(shippers.map((shipper) => shipper.run())).then(() => undefined);
  return {
    status: () => shippers.map((shipper) => shipper.status()),
    get breaker() {
      return breakers.view('store_writer');
    },
    async stop() {
      for (const shipper of shippers) shipper.stop();
      breakers.stop();
      await done;
    },
  };
}
