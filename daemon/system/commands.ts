/** The commands of the control port: each takes effect in the guard first and is recorded after. */
import type { CommandOutcome, Guard } from '../../actors/guard/index.ts';
import type { Reconciliation } from '../../actors/reconciliation/index.ts';
import { type ErrorCode, HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { CommandAnswer, CommandContext, Commands } from '../http/control-server.ts';
import type { System } from '../system.ts';
import type { PolicyChange } from './policy-changes.ts';
import type { RunRecords } from './records.ts';
import { commandDetails } from './remembered-commands.ts';

/** The parts of the system that commands reach. */
export interface CommandedSystem extends Pick<System, 'requestReconcile'> {
  readonly execution: Pick<System['execution'], 'rearm'>;
  readonly reconciliation: Pick<Reconciliation, 'adopt'>;
  readonly policies: Pick<System['policies'], 'judge' | 'apply'>;
  readonly guard: Pick<Guard, 'emergencyReduceOnly' | 'kill' | 'restore' | 'reduceOnly'> & {
    evaluate(): Pick<ReturnType<Guard['evaluate']>, 'mode' | 'reasons'>;
  };
  readonly records: Pick<RunRecords, 'durable' | 'soon'>;
  readonly options: { readonly ports: Pick<Ports, 'telemetry'> };
}

function answerOf(
  system: CommandedSystem,
  outcome: string,
  factId: string | null,
  traceId: string,
): CommandAnswer {
  const { mode, reasons } = system.guard.evaluate();
  return {
    trading_mode: mode,
    mode_reasons: [...reasons],
    outcome,
    fact_id: factId,
    trace_id: traceId,
  };
}

/** Records the command; a journal that cannot take it must not undo what made things safer. */
function record(
  system: CommandedSystem,
  command: string,
  context: CommandContext,
  accepted: boolean,
  answer: CommandAnswer,
  changes?: readonly PolicyChange[],
): string | null {
  const { telemetry } = system.options.ports;
  telemetry.metrics
    .counter('holdfast_commands_total')
    .increment(1, command, accepted ? 'accepted' : 'refused');
  const { role, idempotencyKey, cause, request, traceId } = context;
  const payload = {
    command,
    role,
    idempotency_key: idempotencyKey,
    accepted,
    outcome: answer.outcome,
    details: commandDetails(cause, request, answer, changes),
  };
  try {
    return system.records.durable('operator.command', payload, traceId);
  } catch (error) {
    telemetry.log.error('command.not_recorded', {
      command,
      trace_id: traceId,
      cause: String(error),
    });
    return null;
  }
}

/** The answer as it stands now, recorded with the command. */
function recorded(
  system: CommandedSystem,
  command: string,
  context: CommandContext,
  outcome: Pick<CommandOutcome, 'accepted' | 'message' | 'factId'>,
  changes?: readonly PolicyChange[],
): CommandAnswer {
  const { accepted, message, factId } = outcome;
  const answer = answerOf(system, message, factId, context.traceId);
  const ownId = record(system, command, context, accepted, answer, changes);
  return { ...answer, fact_id: answer.fact_id ?? ownId };
}

function settled(
  system: CommandedSystem,
  command: string,
  context: CommandContext,
  outcome: Pick<CommandOutcome, 'accepted' | 'message' | 'factId' | 'standing'>,
  refusal: ErrorCode = 'FORBIDDEN',
): CommandAnswer {
  const answer = recorded(system, command, context, outcome);
  if (outcome.accepted) return answer;
  throw new HoldfastError(refusal, outcome.message, {
    traceId: context.traceId,
    details: { standing: [...outcome.standing] },
  });
}

/** Of the command itself: asked again under its key, after a crash as well, it is the same adoption. */
function adoptionIdOf({ role, idempotencyKey, request }: CommandContext): string {
  return canonicalHash(['adoption', role, request.path, idempotencyKey, request.bodySha256]);
}

/** What a policy changed, for people. */
function changesText(changes: readonly PolicyChange[]): string {
  if (changes.length === 0) return 'this policy is in force already';
  const text = ({ key, from, to }: PolicyChange): string =>
    `${key} ${JSON.stringify(from)} → ${JSON.stringify(to)}`;
  const late = changes.filter(({ atStart }) => atStart).map(({ key }) => key);
  const rest = late.length === 0 ? '' : `; after a restart only: ${late.join(', ')}`;
  return `in force: ${changes.map(text).join('; ')}${rest}`;
}

export function systemCommands(system: CommandedSystem): Commands {
  const { guard } = system;
  return {
    emergencyReduceOnly: (context) =>
      settled(system, 'emergency.reduce_only', context, guard.emergencyReduceOnly(context.cause)),
    kill: ({ flatten, keep_reduce_only }, context) =>
      settled(
        system,
        'emergency.kill',
        context,
        guard.kill(context.cause, { flatten, keepReduceOnlyOrders: keep_reduce_only }),
      ),
    restore: (tier, context) =>
      settled(system, 'control.restore', context, guard.restore(tier, context.cause, context.role)),
    reconcile: (context) => {
      system.requestReconcile(`operator: ${context.cause}`);
      const message = 'reconciliation requested';
      return recorded(system, 'control.reconcile', context, {
        accepted: true,
        message,
        factId: null,
      });
    },
    adopt: async ({ account, reason, trades, orders, positions }, context) => {
      const { role } = context;
      const by = { adoptionId: adoptionIdOf(context), role, reason };
      const named = { account, trades, orders, positions };
      const { accepted, message } = await system.reconciliation.adopt({ ...by, ...named });
      const outcome = { accepted, message, factId: null, standing: [] };
      return settled(system, 'control.reconcile.adopt', context, outcome, 'CONFLICT');
    },
    freeze: (context) =>
      settled(system, 'control.freeze', context, guard.reduceOnly(context.cause)),
    unfreeze: (context) => {
      const why = `unfreeze: ${context.cause}`;
      const outcome = guard.restore('ReduceOnly', why, context.role);
      return settled(system, 'control.unfreeze', context, outcome);
    },
    policyEffect: ({ policy }) =>
      system.policies.judge(policy).some(({ loosens }) => loosens) ? 'loosens' : 'tightens',
    applyPolicy: ({ policy }, context) => {
      const changes = system.policies.judge(policy);
      if (changes.length > 0) system.policies.apply(policy);
      const message = changesText(changes);
      const outcome = { accepted: true, message, factId: null };
      return recorded(system, 'control.policy', context, outcome, changes);
    },
    rearm: (context) => {
      const keys = system.execution.rearm();
      const message =
        keys.length === 0 ? 'nothing was stopped' : `may execute again: ${keys.join('; ')}`;
      return recorded(system, 'control.rearm', context, { accepted: true, message, factId: null });
    },
    refused: (command, role, error, traceId) => {
      const payload = {
        command,
        role: role ?? 'none',
        idempotency_key: null,
        accepted: false,
        outcome: error.code,
        details: {},
      };
      system.records.soon('operator.command', payload, traceId);
    },
  };
}
