/** Commands that are specified and not built yet: they say so, instead of "unknown command". */
import { HoldfastError } from '../../streams/facts/errors.ts';

export const unbuiltCommandNames: readonly string[] = [
  'runners',
  'traces',
  'cases',
  'quarantine',
  'replay',
  'promote',
  'certify',
  'approve',
  'canary',
  'registry',
  'stress',
  'intel',
  'portfolio',
  'slo',
  'bundle',
  'drill',
  'hypercare',
  'report',
  'evidence',
];

/** Throws NOT_BUILT when the arguments name one of them. */
export function refuseUnbuilt(args: readonly string[]): void {
  const name = args.find((argument) => !argument.startsWith('-'));
  if (name === undefined || !unbuiltCommandNames.includes(name)) return;
  throw new HoldfastError('NOT_BUILT', `\`holdfast ${name}\` is specified, but not built yet`);
}
