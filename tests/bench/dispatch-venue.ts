/**
 * The venue of the dispatch bench, a thread of its own: sends a book tick, waits for the order that
 * answers it, and takes the time between on its own clock. `/echo` is answered by the bare floor;
 * any other path speaks enough of Deribit's protocol for a session to live and orders to end.
 */
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RoundRequest {
  readonly path: string;
  readonly ticks: number;
  /** Pause between an order and the next tick, ms. */
  readonly pauseMs: number;
  /** Book changes of other instruments meanwhile, per second. */
  readonly backgroundPerS: number;
}

export interface VenueSetup {
  readonly backgroundNames: readonly string[];
}

const { backgroundNames } = workerData as VenueSetup;
/** A tick without an order for so long ends the bench: nothing is skipped in silence. */
const answerTimeoutMs = 5_000;
const bookLevels = 10;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const sockets = new Map<string, WebSocket>();
/** The last change id by connection and book. */
const changeIds = new Map<string, number>();
let onOrder: () => void = () => undefined;

const answers: Readonly<Record<string, unknown>> = {
  'public/auth': {
    access_token: 'a',
    refresh_token: 'r',
    expires_in: 900,
    scope: 'connection mainaccount account:read_write trade:read_write wallet:none',
    token_type: 'bearer',
  },
  'public/set_heartbeat': 'ok',
  'private/enable_cancel_on_disconnect': 'ok',
  'private/get_cancel_on_disconnect': { scope: 'connection', enabled: true },
};

/** Best bid 100000.0, best ask 100000.5; the first frame of a connection is a snapshot. */
function bookFrame(path: string, name: string, isSnapshot: boolean): string {
  const key = `${path} ${name}`;
  const before = changeIds.get(key) ?? 1_000;
  const changeId = before + 3;
  changeIds.set(key, changeId);
  const kind = isSnapshot ? 'new' : 'change';
  const levels = (from: number, step: number): string =>
    Array.from({ length: isSnapshot ? bookLevels : 1 }, (_, at) => {
      const price = (from + at * step).toFixed(1);
      return `["${kind}",${price},${(100_000 + 10 * (changeId % 1_000)).toFixed(1)}]`;
    }).join(',');
  const tail = isSnapshot ? '' : `,"prev_change_id":${before}`;
  return (
    `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.${name}.raw","data":{` +
    `"timestamp":${Date.now()},"type":"${isSnapshot ? 'snapshot' : 'change'}",` +
    `"change_id":${changeId},"instrument_name":"${name}",` +
    `"bids":[${levels(100_000, -0.5)}],"asks":[${levels(100_000.5, 0.5)}]${tail}}}}`
  );
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

let orderCount = 0;

/** An immediate order that met nothing: the venue's reply to it. */
function orderResult({ method, params }: Request): unknown {
  orderCount += 1;
  const nowMs = Date.now();
  return {
    order: {
      order_id: `${orderCount}`,
      instrument_name: params.instrument_name,
      label: params.label,
      order_state: 'cancelled',
      direction: method === 'private/buy' ? 'buy' : 'sell',
      price: params.price,
      amount: params.amount,
      filled_amount: 0,
      reduce_only: false,
      post_only: false,
      time_in_force: params.time_in_force,
      creation_timestamp: nowMs,
      last_update_timestamp: nowMs,
      order_type: 'limit',
      average_price: 0,
    },
    trades: [],
  };
}

function take(socket: WebSocket, data: Buffer): void {
  const request = JSON.parse(data.toString('utf8')) as Request;
  const isOrder = request.method === 'private/buy' || request.method === 'private/sell';
  const result = isOrder ? orderResult(request) : answers[request.method];
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: request.id, result }));
}

server.on('connection', (socket, request) => {
  const path = request.url ?? '';
  sockets.set(path, socket);
  if (path.startsWith('/echo')) {
    socket.on('message', () => onOrder());
    return;
  }
  socket.on('message', (data: Buffer) => {
    // Two comparisons before the time is taken, none of them a parse.
    if (data.includes('"private/buy"') || data.includes('"private/sell"')) onOrder();
    take(socket, data);
  });
});

/** The first frames of a connection: what later ones change. */
function sendSnapshots(socket: WebSocket, path: string): void {
  for (const name of ['BTC-PERPETUAL', ...backgroundNames]) {
    socket.send(bookFrame(path, name, true));
  }
}

function startBackground(socket: WebSocket, path: string, perSecond: number): () => void {
  if (perSecond === 0) return () => undefined;
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1_000) * perSecond;
    for (; sent < due; sent += 1) {
      const name = String(backgroundNames[sent % backgroundNames.length]);
      socket.send(bookFrame(path, name, false));
    }
  }, 1);
  return () => clearInterval(timer);
}

/** Microseconds from a tick's bytes to its order, one after the other. */
async function round({ path, ticks, pauseMs, backgroundPerS }: RoundRequest): Promise<number[]> {
  const socket = sockets.get(path);
  if (socket === undefined) throw new Error(`nobody is connected to ${path}`);
  const stop = startBackground(socket, path, backgroundPerS);
  const tookUs: number[] = [];
  try {
    for (let tick = 0; tick < ticks; tick += 1) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const frame = bookFrame(path, 'BTC-PERPETUAL', false);
      let sentMs = 0;
      const arrived = new Promise<number>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no order')), answerTimeoutMs);
        onOrder = () => {
          const tookMs = performance.now() - sentMs;
          clearTimeout(timer);
          resolve(tookMs * 1_000);
        };
      });
      sentMs = performance.now();
      socket.send(frame);
      tookUs.push(await arrived);
    }
  } finally {
    stop();
    onOrder = () => undefined;
  }
  return tookUs;
}

parentPort?.on('message', (message: RoundRequest | { readonly snapshots: string }) => {
  if ('snapshots' in message) {
    const socket = sockets.get(message.snapshots);
    if (socket !== undefined) sendSnapshots(socket, message.snapshots);
    parentPort?.postMessage({ ready: socket !== undefined });
    return;
  }
  round(message).then(
    (tookUs) => parentPort?.postMessage({ tookUs }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  );
});
server.on('listening', () => {
  parentPort?.postMessage({ port: (server.address() as AddressInfo).port });
});
