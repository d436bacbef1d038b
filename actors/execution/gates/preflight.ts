/** Whether this order may exist at all: label, stage, allow-list, life of the instrument, post-only. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { labelCharactersMax } from '../label.ts';
import { crosses, type GateResult, type GateView, reject } from './gate.ts';

export function labelGate(intent: OrderIntent): GateResult {
  if (intent.label.length <= labelCharactersMax) return undefined;
  return reject('LabelTooLong', { characters: intent.label.length });
}

export function stageGate(_intent: OrderIntent, view: GateView): GateResult {
  if (view.stage.permitted) return undefined;
  return reject('StageForbidsVenue', { stage: view.stage.stage, host: view.stage.host });
}

function allows(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Positions in an instrument that left the list can still be reduced. */
export function allowListGate(intent: OrderIntent, view: GateView): GateResult {
  if (intent.class !== 'OPEN') return undefined;
  const patterns = view.policy.instruments_allowed ?? [];
  if (patterns.some((pattern) => allows(pattern, intent.instrument.name))) return undefined;
  return reject('InstrumentNotAllowed', { instrument: intent.instrument.name });
}

export function expiryGate(intent: OrderIntent, view: GateView): GateResult {
  const state = view.seen?.state ?? 'open';
  const opening = intent.class === 'OPEN';
  const gone = state === 'closed' || state === 'inactive';
  if (gone || (opening && state !== 'open')) {
    return reject('InstrumentExpiredOrDelisted', { state });
  }
  const { expiryUs } = intent.instrument;
  if (expiryUs === null) return undefined;
  const leftUs = expiryUs - view.nowUs;
  const bufferUs = opening ? view.policy.expiry_delist_buffer_s * usPerSecond : 0;
  if (leftUs > bufferUs) return undefined;
  return reject('InstrumentExpiredOrDelisted', { left_s: leftUs / usPerSecond });
}

export function postOnlyGate(intent: OrderIntent, view: GateView): GateResult {
  if (!intent.postOnly || view.seen === undefined) return undefined;
  if (!crosses(view.seen.book, intent.side, intent.limitTicks)) return undefined;
  return reject('PostOnlyWouldCross', { limit_ticks: intent.limitTicks });
}
