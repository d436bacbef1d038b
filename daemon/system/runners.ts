/** Makes the runners of a profile: one for each enabled strategy, inline. */
import type { Execution } from '../../actors/execution/index.ts';
import { Runner, strategyKinds } from '../../actors/strategy/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { Profile } from '../config/schema.ts';
import type { RunRecords } from './records.ts';

export interface RunnersOptions {
  readonly ports: Ports;
  readonly strategies: Profile['policy']['strategies'];
  readonly pinsOf: (runnerId: string) => Pins;
  readonly market: MarketView;
  readonly execution: Pick<Execution, 'standing' | 'submit' | 'suppress'>;
  readonly records: Pick<RunRecords, 'soon'>;
}

type StrategyConfig = RunnersOptions['strategies'][number];

function runnerOf(
  options: RunnersOptions,
  { id, kind, parameters, decision_deadline_ms }: StrategyConfig,
): Runner {
  const strategy = strategyKinds.get(kind);
  if (strategy === undefined)
    throw new HoldfastError('CONFIG_INVALID', `unknown strategy kind ${kind}`);
  const { ports, execution, records, market } = options;
  const log = ports.telemetry.log.child({ runner_id: id });
  return new Runner({
    ports,
    runnerId: id,
    bundle: `${kind}@${strategy.version}`,
    strategy: strategy.create(strategy.parameters.parse(parameters)),
    pins: options.pinsOf(id),
    market,
    standing: execution.standing,
    decisionDeadlineMs: decision_deadline_ms,
    submit: (context) => void execution.submit(context.decision.intents, context),
    onSuppressed: (context, code, facts) => execution.suppress(context, code, facts),
    onTransition: (from, to, cause) => {
      log.info('runner.transition', { from, to, cause });
      const payload = { runner_id: id, strategy_id: kind, from, to, cause };
      records.soon('runner.transition', payload);
      ports.telemetry.metrics.counter('holdfast_runner_transitions_total').increment(1, to);
    },
  });
}

export function makeRunners(options: RunnersOptions): readonly Runner[] {
  return options.strategies
    .filter(({ enabled }) => enabled)
    .map((strategy) => runnerOf(options, strategy));
}
