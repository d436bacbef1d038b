/**
 * Endpoints that are specified and not built yet. They answer 501 as a problem document, and stand
 * in the OpenAPI document, so that a caller can tell "not yet" from "never heard of".
 */
import { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Route } from './routes.ts';
import type { Role } from './tokens.ts';

interface StatusRow {
  readonly path: string;
  readonly summary: string;
}

const statusRows: readonly StatusRow[] = [
  { path: '/api/integrations/status', summary: 'Configured, connected, used, per provider.' },
  { path: '/api/bots', summary: 'Runners with score, tier and blockers.' },
  { path: '/api/bots/:id', summary: 'One runner.' },
  { path: '/api/bots/:id/decision-traces', summary: 'Why it traded.' },
  { path: '/api/bots/:id/no-trade-traces', summary: 'Why it did not trade.' },
  { path: '/api/variables', summary: 'Profit variables with proof of use.' },
  { path: '/api/runs', summary: 'Runs with pins and readiness.' },
  { path: '/api/runs/:id', summary: 'One run.' },
  { path: '/api/artifacts/:digest', summary: 'An artifact by digest, verified.' },
  { path: '/api/registry', summary: 'Resolved bundles and ACTIVE pointers.' },
];

export interface UnbuiltCommand {
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  readonly effect: 'tightens' | 'loosens';
}

export const unbuiltCommands: readonly UnbuiltCommand[] = [
  row('/api/v1/control/runners/:id/start', 'supervisor', 'loosens', 'Starts a runner.'),
  row('/api/v1/control/runners/:id/stop', 'supervisor', 'tightens', 'Stops a runner.'),
  row('/api/v1/control/runners/:id/restart', 'supervisor', 'loosens', 'Restarts a runner.'),
  row('/api/v1/control/approvals', 'owner', 'loosens', 'Approves a request.'),
  row('/api/v1/control/canary/:id/advance', 'owner', 'loosens', 'Advances a canary.'),
  row('/api/v1/control/canary/:id/rollback', 'supervisor', 'tightens', 'Rolls a canary back.'),
  row('/api/integrations/verify', 'engineer', 'loosens', 'Verifies a provider.'),
  row('/api/bots/:id/decision-traces', 'engineer', 'loosens', 'Appends a decision trace.'),
  row('/api/bots/:id/no-trade-traces', 'engineer', 'loosens', 'Appends a no-trade trace.'),
];

function row(
  path: string,
  role: Role,
  effect: UnbuiltCommand['effect'],
  summary: string,
): UnbuiltCommand {
  return { path, role, effect, summary };
}

/** The error every one of them ends with. */
export function notBuilt(path: string): HoldfastError {
  return new HoldfastError('NOT_BUILT', `${path} is specified, but not built yet`);
}

/** Routes of the status port that answer 501. */
export function unbuiltStatusRoutes(): Route[] {
  return statusRows.map(({ path, summary }) => ({
    kind: 'json',
    method: 'GET',
    path,
    summary,
    response: z.never(),
    notBuilt: true,
    answer: () => {
      throw notBuilt(path);
    },
  }));
}
