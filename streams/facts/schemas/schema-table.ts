/** How a room declares the payload schemas of its facts: one row an event type. */
import type { z } from 'zod';

/** Lifts a payload of version n to n + 1. Tested against frozen samples. */
export type Upcaster = (payload: Readonly<Record<string, unknown>>) => Record<string, unknown>;

export interface FactSchemaRow {
  /** Current version. */
  readonly version: number;
  readonly schema: z.ZodType;
  /** `upcasters[0]` lifts version 1 to 2, and so on: exactly `version - 1` of them. */
  readonly upcasters?: readonly Upcaster[];
  /** One sentence for the generated docs. */
  readonly about: string;
}

export type FactSchemaTable = Readonly<Record<string, FactSchemaRow>>;
