/** The routes of what operators look at besides the status; each answer carries the trace id of its request. */
import type { z } from 'zod';
import {
  type AccountsV1,
  accountsSchema,
  type DiagnosticsV1,
  diagnosticsSchema,
  type SchedulerV1,
  type SystemStatusV1,
  schedulerSchema,
  systemStatusSchema,
} from './operations-schema.ts';
import type { Route } from './routes.ts';

export interface OperationsSource {
  system(traceId: string): SystemStatusV1;
  scheduler(traceId: string): SchedulerV1;
  accounts(traceId: string): AccountsV1;
  diagnostics(traceId: string): DiagnosticsV1;
}

/** Each path with what it says. */
export const operationsRows = [
  {
    path: '/api/system/status',
    summary: 'OK, DEGRADED or BLOCKED, with blockers and what is degraded.',
    name: 'system',
    response: systemStatusSchema,
  },
  {
    path: '/api/scheduler/status',
    summary:
      'Loops with their ticks, supervisor, timeout worker, breakers by key, internal errors.',
    name: 'scheduler',
    response: schedulerSchema,
  },
  {
    path: '/api/accounts',
    summary: 'Per account: equity, margin, positions, orders, limits and the distance to each.',
    name: 'accounts',
    response: accountsSchema,
  },
  {
    path: '/api/diagnostics',
    summary: 'Build, configuration hash, queues, loop delay, store, last errors without secrets.',
    name: 'diagnostics',
    response: diagnosticsSchema,
  },
] as const satisfies readonly {
  readonly path: string;
  readonly summary: string;
  readonly name: keyof OperationsSource;
  readonly response: z.ZodType;
}[];

export function operationsRoutes(source: OperationsSource): Route[] {
  return operationsRows.map(({ path, summary, name, response }) => ({
    kind: 'json',
    method: 'GET',
    path,
    summary,
    response,
    answer: ({ traceId }) => ({ value: source[name](traceId) }),
  }));
}
