/** What the control port can command: one row a command, with its role, its body and its effect. */
import { z } from 'zod';
import type { HoldfastError } from '../../streams/facts/errors.ts';
import { type AdoptBody, adoptBody } from './adopt-body.ts';
import type { Role } from './tokens.ts';
import { notBuilt, unbuiltCommands } from './unbuilt.ts';

export const commandAnswerSchema = z.strictObject({
  trading_mode: z.enum(['Active', 'ReduceOnly', 'Kill']),
  mode_reasons: z.array(z.string()),
  /** What the command did, for people. */
  outcome: z.string(),
  /** The fact that records the command; null when the journal could not take it. */
  fact_id: z.string().nullable(),
  trace_id: z.string(),
});
export type CommandAnswer = z.infer<typeof commandAnswerSchema>;

export interface CommandContext {
  readonly role: Role;
  readonly traceId: string;
  readonly idempotencyKey: string;
  readonly cause: string;
  /** What the stored answer belongs to, after a restart as well. */
  readonly request: { readonly path: string; readonly bodySha256: string };
}

/** What the port can command. Each call takes effect before it returns, or before it resolves. */
export interface Commands {
  emergencyReduceOnly(context: CommandContext): CommandAnswer;
  kill(options: KillBody, context: CommandContext): CommandAnswer;
  restore(tier: 'ReduceOnly' | 'Kill', context: CommandContext): CommandAnswer;
  /** No new risk until an owner lifts it. */
  freeze(context: CommandContext): CommandAnswer;
  unfreeze(context: CommandContext): CommandAnswer;
  /** What a policy would do to the one in force. Throws REQUEST_INVALID when it is none. */
  policyEffect(policy: PolicyBody): CommandEffect;
  applyPolicy(policy: PolicyBody, context: CommandContext): CommandAnswer;
  reconcile(context: CommandContext): CommandAnswer;
  /** Takes over what the venue shows without an intent; answers after it was looked at there. */
  adopt(body: AdoptBody, context: CommandContext): Promise<CommandAnswer>;
  /** Lets what repeated too often execute again. */
  rearm(context: CommandContext): CommandAnswer;
  /** Records a command that was refused, and why. */
  refused(command: string, role: Role | null, error: HoldfastError, traceId: string): void;
}

/** Tightening is always admitted; loosening must be stamped and is rate limited. */
export type CommandEffect = 'tightens' | 'loosens';

export interface CommandRow {
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  /** `by body`: `effectOf` says; what then loosens needs an owner. */
  readonly effect: CommandEffect | 'by body';
  readonly effectOf?: (commands: Commands, body: unknown) => CommandEffect;
  readonly body: z.ZodType;
  readonly isBuilt: boolean;
  readonly run: (
    commands: Commands,
    body: unknown,
    context: CommandContext,
  ) => CommandAnswer | Promise<CommandAnswer>;
}

const causeBody = z.strictObject({ cause: z.string().min(1).max(500).default('by hand') });
const killBody = causeBody.extend({
  /** Close positions as well. */
  flatten: z.boolean().default(false),
  /** Leave reduce-only orders alive. */
  keep_reduce_only: z.boolean().default(false),
});
export type KillBody = z.infer<typeof killBody>;
const restoreBody = z.strictObject({
  tier: z.enum(['ReduceOnly', 'Kill']),
  reason: z.string().min(1).max(500),
});

const policyBody = z.strictObject({
  /** The whole launch policy. */
  policy: z.record(z.string(), z.unknown()),
  reason: z.string().min(1).max(500),
});
export type PolicyBody = z.infer<typeof policyBody>;

const builtRows: ReadonlyArray<Omit<CommandRow, 'isBuilt'>> = [
  {
    path: '/api/v1/emergency/reduce_only',
    summary: 'At least ReduceOnly within one tick; cancels orders that are not reduce-only.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.emergencyReduceOnly(context),
  },
  {
    path: '/api/v1/emergency/kill',
    summary:
      'Kill: no order any more, open orders cancelled, positions closed only when told to; an owner restores.',
    role: 'supervisor',
    effect: 'tightens',
    body: killBody,
    run: (commands, body, context) => commands.kill(body as KillBody, context),
  },
  {
    path: '/api/v1/control/reconcile',
    summary: 'Reconcile with the venue now.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.reconcile(context),
  },
  {
    path: '/api/v1/control/reconcile/adopt',
    summary:
      'Takes over trades, open orders and positions that the venue shows and no intent stands behind; exactly those named, or none.',
    role: 'owner',
    effect: 'loosens',
    body: adoptBody,
    run: (commands, body, context) => commands.adopt(body as AdoptBody, context),
  },
  {
    path: '/api/v1/control/rearm',
    summary: 'Lets a strategy execute again what repeated too often and was stopped for it.',
    role: 'supervisor',
    effect: 'loosens',
    body: causeBody,
    run: (commands, _body, context) => commands.rearm(context),
  },
  {
    path: '/api/v1/control/restore',
    summary: 'Lowers the operator floor of a tier; refused while a reason of that tier stands.',
    role: 'owner',
    effect: 'loosens',
    body: restoreBody,
    run: (commands, body, context) =>
      commands.restore((body as z.infer<typeof restoreBody>).tier, context),
  },
  {
    path: '/api/v1/control/freeze',
    summary: 'Freezes risk: ReduceOnly, orders that are not reduce-only cancelled, until unfrozen.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.freeze(context),
  },
  {
    path: '/api/v1/control/unfreeze',
    summary: 'Lifts a freeze; refused while another reason of ReduceOnly stands.',
    role: 'owner',
    effect: 'loosens',
    body: causeBody,
    run: (commands, _body, context) => commands.unfreeze(context),
  },
  {
    path: '/api/v1/control/policy',
    summary:
      'Applies a launch policy, as JSON: validated, every limit shown to trip, kept over restarts. One that loosens anything needs an owner.',
    role: 'supervisor',
    effect: 'by body',
    effectOf: (commands, body) => commands.policyEffect(body as PolicyBody),
    body: policyBody,
    run: (commands, body, context) => commands.applyPolicy(body as PolicyBody, context),
  },
];

/** Every command, built or only specified. */
export const commandRows: readonly CommandRow[] = [
  ...builtRows.map((built) => ({ ...built, isBuilt: true })),
  ...unbuiltCommands.map((unbuilt) => ({
    ...unbuilt,
    body: z.unknown(),
    isBuilt: false,
    run: () => {
      throw notBuilt(unbuilt.path);
    },
  })),
];

/** What the caller gave as cause or reason. */
export function causeOf(body: unknown): string {
  const { cause, reason } = body as { cause?: string; reason?: string };
  return cause ?? reason ?? 'by hand';
}
