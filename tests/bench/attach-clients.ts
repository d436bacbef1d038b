/**
 * The people of the attach bench, a process of their own: connects to every URL it is told,
 * counts what each connection receives, and says when all of them have what they waited for.
 * A stalled connection is never read.
 */
import { WebSocket } from 'ws';

export interface ClientsRequest {
  readonly urls: readonly string[];
  readonly stalledUrls: readonly string[];
  /** Messages each connection that is read waits for. */
  readonly expected: number;
}

export type ClientsReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'done'; readonly received: number; readonly dropped: number };

const tell = (reply: ClientsReply): void => void process.send?.(reply);
const droppedMark = '{"type":"dropped"';
let open: WebSocket[] = [];

function connected(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
    ws.on('open', () => resolve(ws));
    ws.on('error', reject);
  });
}

async function serve({ urls, stalledUrls, expected }: ClientsRequest): Promise<void> {
  for (const ws of open) ws.terminate();
  open = await Promise.all([...urls, ...stalledUrls].map(connected));
  for (const ws of open.slice(urls.length)) ws.pause();
  let received = 0;
  let dropped = 0;
  let waiting = urls.length;
  for (const ws of open.slice(0, urls.length)) {
    let seen = 0;
    ws.on('message', (data: Buffer) => {
      const text = data.length < 64 ? data.toString('utf8') : '';
      if (text.startsWith(droppedMark)) {
        const { count } = JSON.parse(text) as { count: number };
        dropped += count;
        seen += count;
      } else {
        received += 1;
        seen += 1;
      }
      if (seen !== expected) return;
      waiting -= 1;
      if (waiting === 0) tell({ kind: 'done', received, dropped });
    });
  }
  tell({ kind: 'connected' });
}

process.on('message', (request: ClientsRequest) => void serve(request));
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
