/** Faults of the wire: what happens to frames between the venue and its client. */
import { z } from 'zod';
import {
  counted,
  countParam,
  type EndFault,
  type FaultContext,
  type FaultRow,
  fault,
  millisecondsParam,
  shareParam,
} from './contract.ts';
import type { OutgoingFrame } from './hooks.ts';

const which = {
  on: z
    .enum(['replies', 'notifications', 'all'])
    .default('all')
    .describe('which frames; `all` includes heartbeats'),
  subject: z.string().optional().describe('only methods or channels that begin with this'),
  share: shareParam.default(1).describe('share of those frames, drawn from the seed'),
  count: countParam.optional(),
};
type Which = z.infer<z.ZodObject<typeof which>>;

/** A frame held back for reordering goes out after this, whatever else comes. */
const reorderHoldMs = 250;

/** Lets `act` have the frames that were asked for. */
function onFrames(
  context: FaultContext,
  wanted: Which,
  act: (frame: OutgoingFrame) => void,
): EndFault {
  const take = counted(context, wanted.count);
  return context.hooks.outgoing.add((frame) => {
    if (!matches(frame, wanted)) return false;
    if (wanted.share < 1 && context.random.next() >= wanted.share) return false;
    if (!take()) return false;
    act(frame);
    return true;
  });
}

function matches(frame: OutgoingFrame, { on, subject }: Which): boolean {
  if (on === 'replies' && frame.kind !== 'reply') return false;
  if (on === 'notifications' && frame.kind !== 'notification') return false;
  return subject === undefined || frame.subject.startsWith(subject);
}

function startReorder(context: FaultContext, wanted: Which): EndFault {
  const held = new Map<unknown, OutgoingFrame>();
  const release = (key: unknown): void => {
    const frame = held.get(key);
    held.delete(key);
    frame?.write(frame.text);
  };
  const end = onFrames(context, wanted, (frame) => {
    const key = frame.session ?? frame;
    if (held.has(key)) {
      frame.write(frame.text);
      release(key);
      return;
    }
    held.set(key, frame);
    context.clock.after(reorderHoldMs, () => {
      if (held.get(key) === frame) release(key);
    });
  });
  return () => {
    end();
    for (const key of held.keys()) release(key);
  };
}

/** What a broken sender may send: cut short, not JSON, JSON of no known shape, a wrong type. */
function garbageOf(text: string, draw: number): string {
  const shapes = [
    text.slice(0, Math.max(1, Math.floor(text.length / 2))),
    '\u0000\u0001not json',
    '[1,2,3]',
    '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":null}}',
    '{"jsonrpc":"2.0","id":{},"result":7}',
    'null',
  ];
  return shapes[draw % shapes.length] ?? '';
}

function startHalfOpen(context: FaultContext, parameters: { sessions: string }): EndFault {
  const present = new Set(context.sessions);
  const dead = (session: unknown): boolean =>
    parameters.sessions === 'all' || present.has(session as never);
  const endOutgoing = context.hooks.outgoing.add(
    (frame) => frame.session !== undefined && dead(frame.session),
  );
  const endIncoming = context.hooks.incoming.add(dead);
  return () => {
    endOutgoing();
    endIncoming();
  };
}

export const wireFaults: readonly FaultRow[] = [
  fault(
    'delay',
    'wire',
    'Frames arrive late; each request has taken effect at once.',
    {
      ...which,
      delay_ms: millisecondsParam.describe('how late'),
      jitter_ms: millisecondsParam
        .default(0)
        .describe('up to this much more, drawn for each frame'),
    },
    (context, { delay_ms, jitter_ms, ...wanted }) =>
      onFrames(context, wanted, (frame) => {
        const more = jitter_ms === 0 ? 0 : context.random.integer(jitter_ms + 1);
        context.clock.after(delay_ms + more, () => frame.write(frame.text));
      }),
  ),
  fault(
    'drop',
    'wire',
    'Frames never arrive; what they tell of has happened.',
    which,
    (context, wanted) => onFrames(context, wanted, () => undefined),
  ),
  fault('duplicate', 'wire', 'Frames arrive twice.', which, (context, wanted) =>
    onFrames(context, wanted, (frame) => {
      frame.write(frame.text);
      frame.write(frame.text);
    }),
  ),
  fault(
    'reorder',
    'wire',
    `Pairs of frames of a connection arrive in the wrong order (a frame waits at most ${reorderHoldMs} ms for its partner).`,
    which,
    startReorder,
  ),
  fault(
    'garbage',
    'wire',
    'A frame that is not what the protocol knows arrives, and the real one after it.',
    which,
    (context, wanted) =>
      onFrames(context, wanted, (frame) => {
        frame.write(garbageOf(frame.text, context.random.integer(1 << 20)));
        frame.write(frame.text);
      }),
  ),
  fault(
    'half_open',
    'wire',
    'The socket stays, and nothing flows in either direction.',
    {
      sessions: z
        .enum(['present', 'all'])
        .default('present')
        .describe('connections that are open now, or later ones too'),
    },
    startHalfOpen,
  ),
];
