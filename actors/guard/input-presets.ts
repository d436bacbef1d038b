/** What inputs that nobody watches stand at from the start: "no", until someone says otherwise. */
import {
  type GuardInputName,
  guardInputNames,
  guardInputRow,
} from '../../streams/facts/reason-codes/index.ts';
import type { GuardInputs } from './inputs.ts';

const presets: Partial<Record<GuardInputName, string>> = {
  risk_state: 'Healthy',
  safety_override: 'None',
};

/** A watched input is left missing: its source has to speak first. */
export function presetInputs(
  inputs: GuardInputs,
  configured: ReadonlySet<GuardInputName>,
  nowUs: number,
): void {
  for (const name of guardInputNames) {
    const row = guardInputRow(name);
    const watched =
      row.critical === 'always' || (row.critical === 'when_configured' && configured.has(name));
    if (watched) continue;
    const value = presets[name] ?? (row.unit === 'flag' ? false : undefined);
    if (value !== undefined) inputs.set(name, value, nowUs);
  }
}
