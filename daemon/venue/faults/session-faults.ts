/** Faults of connections and requests: who is cut off, what is refused, what is slow, whose clock is wrong. */
import { z } from 'zod';
import { VenueError } from '../../../streams/venues/simulated/index.ts';
import {
  counted,
  countParam,
  type EndFault,
  type FaultContext,
  type FaultRow,
  fault,
  methodParam,
  millisecondsParam,
} from './contract.ts';
import type { SeenRequest } from './hooks.ts';

const unavailable = 503;
const tooMany = 429;
const stamps = /"(timestamp|creation_timestamp|last_update_timestamp)":(\d{13})/g;
const microStamps = /"(usIn|usOut)":(\d{16})/g;
const bareResult = /"result":(\d{13}),/;

function onRequests(
  context: FaultContext,
  wanted: { readonly method?: string | undefined; readonly count?: number | undefined },
  act: (request: SeenRequest) => void,
): EndFault {
  const take = counted(context, wanted.count);
  return context.hooks.requests.add((request) => {
    if (wanted.method !== undefined && request.method !== wanted.method) return false;
    if (take()) act(request);
    return false;
  });
}

function startDisconnect(context: FaultContext): EndFault {
  const end = context.hooks.upgrades.add((refuse) => {
    refuse(unavailable);
    return true;
  });
  for (const session of context.sessions) session.cut();
  return end;
}

function startHttp429(context: FaultContext, upgrades: boolean): EndFault {
  const endHttp = context.hooks.http.add(({ answer }) => {
    answer({ status: tooMany, headers: { 'retry-after': '1' }, body: 'too many requests\n' });
    return true;
  });
  const endUpgrades = upgrades
    ? context.hooks.upgrades.add((refuse) => {
        refuse(tooMany);
        return true;
      })
    : () => undefined;
  return () => {
    endHttp();
    endUpgrades();
  };
}

/** Every time the venue tells is shifted, and deadlines it is given are held against its own clock. */
function startSkew(context: FaultContext, skewMs: number): EndFault {
  const { hooks } = context;
  const shifted = (text: string, subject: string): string => {
    const changed = text
      .replace(stamps, (_, name: string, ms: string) => `"${name}":${Number(ms) + skewMs}`)
      .replace(
        microStamps,
        (_, name: string, us: string) => `"${name}":${Number(us) + skewMs * 1_000}`,
      );
    if (subject !== 'public/get_time') return changed;
    return changed.replace(bareResult, (_, ms: string) => `"result":${Number(ms) + skewMs},`);
  };
  hooks.rewrites = [...hooks.rewrites, shifted];
  const endDeadlines = hooks.requests.add(({ params }) => {
    if (typeof params.valid_until === 'number') params.valid_until -= skewMs;
    return false;
  });
  return () => {
    hooks.rewrites = hooks.rewrites.filter((each) => each !== shifted);
    endDeadlines();
  };
}

export const sessionFaults: readonly FaultRow[] = [
  fault(
    'disconnect',
    'engine',
    'Every connection is cut, cancel-on-disconnect applies, and new ones are refused until the fault ends.',
    {},
    startDisconnect,
  ),
  fault(
    'session_kill',
    'engine',
    'Every connection is closed by the venue, in order and with a reason; new ones are welcome.',
    {},
    (context) => {
      for (const session of context.sessions) session.expel('session killed');
      context.usedUp();
      return () => undefined;
    },
  ),
  fault(
    'too_many_requests',
    'engine',
    'Requests are refused with 10028 and their connection is ended, whatever credits are left.',
    { method: methodParam.optional(), count: countParam.default(1) },
    (context, wanted) =>
      onRequests(context, wanted, () => {
        throw new VenueError(10028, 'too_many_requests');
      }),
  ),
  fault(
    'http_429',
    'wire',
    'Every HTTP request is answered 429 without a JSON-RPC body.',
    { upgrades: z.boolean().default(true).describe('refuse new WebSocket connections too') },
    (context, { upgrades }) => startHttp429(context, upgrades),
  ),
  fault(
    'reject',
    'wire',
    'Requests are refused with that code before the engine sees them.',
    {
      code: z.number().int().describe('error code'),
      message: z.string().default('rejected').describe('error message'),
      method: methodParam.optional(),
      count: countParam.optional(),
    },
    (context, { code, message, ...wanted }) =>
      onRequests(context, wanted, () => {
        throw new VenueError(code, message);
      }),
  ),
  fault(
    'reply_lost',
    'wire',
    'Requests take effect, notifications tell so, and the reply never comes.',
    { method: methodParam.optional(), count: countParam.optional() },
    (context, { method, count }) => {
      const take = counted(context, count);
      return context.hooks.outgoing.add(
        ({ kind, subject }) =>
          kind === 'reply' && (method === undefined || subject === method) && take(),
      );
    },
  ),
  fault(
    'slow_matching',
    'engine',
    'Order requests wait before the engine looks at them, in order of arrival.',
    { delay_ms: millisecondsParam.describe('how long each waits') },
    ({ hooks }, { delay_ms }) => {
      hooks.matchingDelayMs += delay_ms;
      return () => {
        hooks.matchingDelayMs -= delay_ms;
      };
    },
  ),
  fault(
    'clock_skew',
    'wire',
    'The clock of the venue is wrong: every time it tells is shifted, and `valid_until` is judged by it.',
    {
      skew_ms: z
        .number()
        .int()
        .min(-86_400_000)
        .max(86_400_000)
        .describe('positive: the venue is ahead'),
    },
    (context, { skew_ms }) => startSkew(context, skew_ms),
  ),
];
