/** The built-in strategies, by name. */
import type { StrategyKind } from '../contract.ts';
import { optionPair } from './option-pair.ts';
import { perpetualCrosser } from './perpetual-crosser.ts';

/** What a profile may name under `strategies[].kind`. */
export const strategyKinds: ReadonlyMap<string, StrategyKind> = new Map(
  [perpetualCrosser, optionPair].map((kind) => [kind.name, kind as StrategyKind]),
);
