/** Reads `instrument.state.*` notifications. Undefined for anything else. */
import type { InstrumentState } from '../../streams/facts/instrument.ts';
import { stateOf } from '../../streams/venues/deribit/codec/ticker.ts';

export interface InstrumentStateChange {
  readonly name: string;
  readonly state: InstrumentState;
}

/** `created` announces an instrument that opens now; states we do not know are `inactive`. */
export function decodeInstrumentState(
  channel: { readonly kind: string },
  data: Readonly<Record<string, unknown>>,
): InstrumentStateChange | undefined {
  if (channel.kind !== 'instrument.state') return undefined;
  const { instrument_name: name, state } = data;
  if (typeof name !== 'string') return undefined;
  return { name, state: state === 'created' || state === 'started' ? 'open' : stateOf(state) };
}
