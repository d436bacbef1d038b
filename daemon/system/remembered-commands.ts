/**
 * Commands of the last day, read back from `control`: a caller that repeats a request after a
 * restart gets the answer it missed, not a second effect.
 */
import { z } from 'zod';
import { decodeEnvelope } from '../../streams/facts/envelope.ts';
import { operatorCommandPayloadSchema } from '../../streams/facts/schemas/run.ts';
import { usFromIso } from '../../streams/facts/time.ts';
import type { RememberedCommand } from '../http/command-door.ts';
import {
  type CommandAnswer,
  type CommandContext,
  commandAnswerSchema,
} from '../http/command-table.ts';
import { keptUs } from '../http/idempotency.ts';
import { eventTypeOf } from '../http/live/streams.ts';
import { roles } from '../http/tokens.ts';
import type { PolicyChange } from './policy-changes.ts';

const detailsSchema = z.strictObject({
  cause: z.string(),
  path: z.string(),
  body_sha256: z.string(),
  /** Its `fact_id` is null when the fact that holds it is meant. */
  answer: commandAnswerSchema,
  /** Of a policy: what it changed. */
  changes: z
    .array(
      z.strictObject({
        key: z.string(),
        from: z.unknown(),
        to: z.unknown(),
        loosens: z.boolean(),
        atStart: z.boolean(),
      }),
    )
    .optional(),
});

const commandSchema = operatorCommandPayloadSchema.extend({
  role: z.enum(roles),
  idempotency_key: z.string(),
  accepted: z.literal(true),
  details: detailsSchema,
});

/** The details of an `operator.command` fact. */
export function commandDetails(
  cause: string,
  { path, bodySha256 }: CommandContext['request'],
  answer: CommandAnswer,
  changes?: readonly PolicyChange[],
): z.infer<typeof detailsSchema> {
  const base = { cause, path, body_sha256: bodySha256, answer };
  return changes === undefined ? base : { ...base, changes: [...changes] };
}

interface ControlRecords {
  read(from: number): Iterable<{ readonly bytes: Uint8Array }>;
}

/** Accepted commands younger than a day, oldest first. Facts of other forms are passed over. */
export function rememberedCommands(control: ControlRecords, nowUs: number): RememberedCommand[] {
  const remembered: RememberedCommand[] = [];
  for (const { bytes } of control.read(0)) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (eventTypeOf(buffer) !== 'operator.command') continue;
    const fact = decodeEnvelope(bytes);
    const atUs = usFromIso(fact.ts_utc);
    const parsed = commandSchema.safeParse(fact.payload);
    if (!parsed.success || nowUs - atUs > keptUs) continue;
    const { role, idempotency_key, details } = parsed.data;
    const { answer, path, body_sha256 } = details;
    remembered.push({
      role,
      path,
      idempotencyKey: idempotency_key,
      bodySha256: body_sha256,
      atUs,
      answer: { ...answer, fact_id: answer.fact_id ?? fact.event_id },
    });
  }
  return remembered;
}
