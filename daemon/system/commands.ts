/** The commands of the control port: each takes effect in the guard first and is recorded after. */
import type { CommandOutcome } from '../../actors/guard/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { CommandAnswer, CommandContext, Commands } from '../http/control-server.ts';
import type { System } from '../system.ts';

function answerOf(
  system: System,
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
  system: System,
  command: string,
  context: CommandContext,
  accepted: boolean,
  outcome: string,
): string | null {
  const { telemetry } = system.options.ports;
  telemetry.metrics
    .counter('holdfast_commands_total')
    .increment(1, command, accepted ? 'accepted' : 'refused');
  try {
    return system.records.durable(
      'operator.command',
      {
        command,
        role: context.role,
        idempotency_key: context.idempotencyKey,
        accepted,
        outcome,
        details: { cause: context.cause },
      },
      context.traceId,
    );
  } catch (error) {
    telemetry.log.error('command.not_recorded', {
      command,
      trace_id: context.traceId,
      cause: String(error),
    });
    return null;
  }
}

function settled(
  system: System,
  command: string,
  context: CommandContext,
  outcome: CommandOutcome,
): CommandAnswer {
  const factId = record(system, command, context, outcome.accepted, outcome.message);
  if (!outcome.accepted) {
    throw new HoldfastError('FORBIDDEN', outcome.message, {
      traceId: context.traceId,
      details: { standing: [...outcome.standing] },
    });
  }
  return answerOf(system, outcome.message, outcome.factId ?? factId, context.traceId);
}

export function systemCommands(system: System): Commands {
  const { guard } = system;
  return {
    emergencyReduceOnly: (context) =>
      settled(system, 'emergency.reduce_only', context, guard.emergencyReduceOnly(context.cause)),
    kill: (context) => settled(system, 'emergency.kill', context, guard.kill(context.cause)),
    restore: (tier, context) =>
      settled(system, 'control.restore', context, guard.restore(tier, context.cause, context.role)),
    reconcile: (context) => {
      system.requestReconcile(`operator: ${context.cause}`);
      const factId = record(system, 'control.reconcile', context, true, 'requested');
      return answerOf(system, 'reconciliation requested', factId, context.traceId);
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
