/** The strategy room: who proposes. */
export { strategyKinds } from './builtin/index.ts';
export type { StandingView, Strategy, StrategyKind, StrategyView } from './contract.ts';
/** Hosts one strategy instance behind the `runner` machine. */
export { Runner, type RunnerOptions, type RunnerStatus } from './runner.ts';
