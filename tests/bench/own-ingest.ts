/** Market ingest as the daemon does it: decoder, gate, market room, view. */
import { createGate, viewMayApply } from '../../actors/ingress/index.ts';
import { createMarketRoom } from '../../actors/market/index.ts';
import type { Runner } from '../../actors/strategy/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { FrameDecoder, InstrumentIndex, type Stamp } from '../../streams/venues/deribit/index.ts';

export interface OwnIngestOptions {
  readonly ports: Ports;
  readonly instruments: readonly Instrument[];
  /** False: every frame through JSON.parse. */
  readonly fastPath?: boolean;
  /** Who hears of every event that changed a view. */
  readonly runners?: (market: MarketView) => readonly Pick<Runner, 'onMarket'>[];
}

const nothing = {
  append: () => Promise.resolve(0),
  nextOffset: 0,
  queueDepth: 0,
  queueCapacity: 1_000_000,
};

/** The whole path of one frame; `bestSum` proves that the work was done. */
export class OwnIngest {
  bestSum = 0;
  refused = 0;
  readonly #decoder: FrameDecoder;
  readonly #stamp: Stamp = { channel: '', sessionEpoch: 1, receivedUs: 0, receivedMonotonicUs: 0 };
  readonly #clock: Ports['clock'];

  constructor({ ports, instruments, fastPath, runners: runnersOn }: OwnIngestOptions) {
    this.#clock = ports.clock;
    const index = new InstrumentIndex();
    index.add(instruments);
    const market = createMarketRoom({ ports, params: { conflateMs: 100 }, instruments });
    // Live traffic is written off the tick and measured with the journal; deciding is measured here.
    const gate = createGate({
      ports,
      traffic: { byReference: { worldFingerprint: 'a'.repeat(64) } },
      receipts: nothing,
      context: {
        pins: {
          scenario_id: 'bench',
          run_id: 'bench',
          manifest_fingerprint: 'a'.repeat(64),
          parameter_hash: 'b'.repeat(64),
        },
        producer: 'gate',
        policyRev: () => 'c'.repeat(64),
        traceId: 'd'.repeat(32),
      },
    });
    const runners = runnersOn?.(market.view) ?? [];
    const unexpected = (): void => {
      this.refused += 1;
    };
    this.#decoder = new FrameDecoder(
      index.find,
      {
        onMarket: (event) => {
          const verdict = gate.admit(event);
          if (!viewMayApply(verdict, gate.lastReason)) return unexpected();
          if (market.apply(event) !== 'applied') return unexpected();
          for (const runner of runners) runner.onMarket(event);
          this.bestSum += market.view.get(event.instrument.name)?.book.ticksAt('bids', 0) || 0;
        },
        onOrder: unexpected,
        onTrade: unexpected,
        onAccount: unexpected,
        onState: unexpected,
        onAnnouncement: unexpected,
        onResult: unexpected,
        onErrorReply: unexpected,
        onHeartbeat: unexpected,
        onQuarantine: unexpected,
      },
      fastPath === undefined ? {} : { fastPath },
    );
  }

  nextSession(): void {
    this.#stamp.sessionEpoch += 1;
  }

  take(frame: Buffer): void {
    this.#stamp.receivedUs = this.#clock.nowUs();
    this.#stamp.receivedMonotonicUs = this.#clock.monotonicUs();
    this.#decoder.decode(frame, this.#stamp);
  }
}
