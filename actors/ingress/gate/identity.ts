/**
 * The identity of market events on the hot path: venue, channel, frame kind, session epoch and
 * venue sequence, trade number, or time + digest. Compared as integers; no hash is made here.
 */
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { bookDigest, tickerDigest, tradeDigest } from './digest.ts';
import { type IdentityJudgement, IdentityWindow } from './identity-window.ts';

/** What one channel has shown of one instrument in the current session. */
class ChannelIdentities {
  readonly instrumentName: string;
  readonly events: IdentityWindow;
  sessionEpoch: number;
  snapshotId = -1;
  snapshotDigest = 0;

  constructor(event: MarketEvent) {
    this.instrumentName = event.instrument.name;
    this.sessionEpoch = event.sessionEpoch;
    this.events = new IdentityWindow({ digestIsIdentity: event.type === 'ticker' });
  }

  judge(event: MarketEvent): IdentityJudgement {
    if (event.sessionEpoch !== this.sessionEpoch) {
      this.sessionEpoch = event.sessionEpoch;
      this.events.reset();
      this.snapshotId = -1;
    }
    switch (event.type) {
      case 'book':
        if (event.frame === 'snapshot') return this.#snapshot(event.changeId, bookDigest(event));
        return this.events.judge(event.changeId, bookDigest(event));
      case 'trade':
        return this.events.judge(event.tradeSeq, tradeDigest(event));
      case 'ticker':
        return this.events.judge(event.tsUs, tickerDigest(event));
    }
  }

  // A snapshot is a frame kind of its own: it may carry the id of the last change.
  #snapshot(changeId: number, digest: number): IdentityJudgement {
    if (changeId === this.snapshotId) return digest === this.snapshotDigest ? 'same' : 'conflict';
    this.snapshotId = changeId;
    this.snapshotDigest = digest;
    if (changeId < this.events.highest) this.events.reset();
    return 'new';
  }
}

export class IdentityMemory {
  readonly #byChannel = new Map<string, ChannelIdentities>();
  /** Channels of a whole kind or currency carry many instruments. */
  readonly #shared = new Map<string, Map<string, ChannelIdentities>>();

  /** Judges an event and remembers it when it is new. */
  judge(event: MarketEvent): IdentityJudgement {
    let known = this.#byChannel.get(event.channel);
    if (known === undefined) {
      known = new ChannelIdentities(event);
      this.#byChannel.set(event.channel, known);
    } else if (known.instrumentName !== event.instrument.name) {
      known = this.#ofShared(event);
    }
    return known.judge(event);
  }

  #ofShared(event: MarketEvent): ChannelIdentities {
    let instruments = this.#shared.get(event.channel);
    if (instruments === undefined) {
      instruments = new Map();
      this.#shared.set(event.channel, instruments);
    }
    let known = instruments.get(event.instrument.name);
    if (known === undefined) {
      known = new ChannelIdentities(event);
      instruments.set(event.instrument.name, known);
    }
    return known;
  }
}
