/** One HTTP request and its answer between two nodes: a pipe there and a pipe back. */
import type { ErrorCode } from '../../../streams/facts/errors.ts';
import type {
  HttpResponse,
  InboundHttpRequest,
  OutboundHttpResponse,
  OutboundStream,
} from '../../../streams/ports/index.ts';
import { failedResponse, tooLargeResponse } from '../http-problems.ts';
import type { Incarnation } from './incarnation.ts';
import type { Listener } from './listener.ts';
import type { VirtualNetwork } from './network.ts';
import { lowerCaseNames } from './node-sockets.ts';
import { Pipe } from './pipe.ts';

export interface ExchangeOptions {
  readonly network: VirtualNetwork;
  readonly client: Incarnation;
  readonly listener: Listener;
  readonly maxResponseBytes: number;
  readonly onResponse: (response: HttpResponse) => void;
  readonly onFailure: (code: ErrorCode, what: string) => void;
}

/** Started once; ends in exactly one of `onResponse` and `onFailure`, or in silence. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #onEnd: Array<() => void> = [];
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #isOver = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { network, client, listener } = options;
    const onBroken = (): void => this.#fail('NETWORK_CLOSED', 'ECONNRESET');
    this.#up = new Pipe({ network, from: client, to: listener.owner, onBroken });
    this.#down = new Pipe({ network, from: listener.owner, to: client, onBroken });
    this.#onEnd.push(
      network.add({ ends: [client.name, listener.owner.name], reset: onBroken }),
      client.onDeath(() => this.abort()),
      listener.owner.onDeath((silent) => {
        if (!silent) this.#failSoon();
      }),
    );
  }

  start(request: InboundHttpRequest): void {
    const { network, client, listener } = this.#options;
    const ends = { from: client.name, to: listener.owner.name };
    const verdict = network.intercept?.({ ...ends, kind: 'request', data: request.body });
    if (verdict === 'drop') return;
    if (verdict === 'cut') this.#failSoon();
    else {
      const delayUs = typeof verdict === 'object' ? verdict.delayUs : 0;
      this.#up.send(request.body.length, () => void this.#serve(request), undefined, delayUs);
    }
  }

  /** The client gave up: the server sees its stream closed, after the delay of the network. */
  abort(): void {
    if (this.#isOver) return;
    const { network } = this.#options;
    network.clock.schedule(network.drawLatencyUs(), () => this.#end());
  }

  async #serve(request: InboundHttpRequest): Promise<void> {
    const { listener } = this.#options;
    if (this.#isOver) return;
    if (listener.isFull) {
      this.#fail('NETWORK_CLOSED', 'socket hang up');
      return;
    }
    const cut = (): void => this.#fail('NETWORK_CLOSED', 'ECONNRESET');
    this.#onEnd.push(listener.enter({ sayGoodbye: () => undefined, cut }));
    const answer = await this.#answer(request);
    if (this.#isOver || !listener.owner.isAlive) return;
    if (answer.stream === undefined) this.#sendWhole(answer);
    else this.#sendStream(answer);
  }

  async #answer(request: InboundHttpRequest): Promise<OutboundHttpResponse> {
    const { listener, network } = this.#options;
    const { options } = listener;
    if (request.body.length > options.maxBodyBytes) {
      return tooLargeResponse(network.drawTraceId(), options.maxBodyBytes);
    }
    try {
      return await options.onRequest(request);
    } catch {
      return failedResponse(network.drawTraceId());
    }
  }

  #sendWhole(answer: OutboundHttpResponse): void {
    const { network, client, listener } = this.#options;
    const body = Buffer.from((answer.body ?? '') as string);
    const ends = { from: listener.owner.name, to: client.name };
    const verdict = network.intercept?.({ ...ends, kind: 'response', data: body });
    if (verdict === 'drop') return;
    if (verdict === 'cut') {
      this.#failSoon();
      return;
    }
    const delayUs = typeof verdict === 'object' ? verdict.delayUs : 0;
    const headers = { 'content-length': String(body.length), ...answer.headers };
    const deliver = (): void => {
      this.#receiveHead(answer.status, headers);
      this.#receive(body);
      this.#complete();
    };
    this.#down.send(body.length, deliver, undefined, delayUs);
  }

  #sendStream(answer: OutboundHttpResponse): void {
    this.#down.send(0, () => this.#receiveHead(answer.status, { ...answer.headers }));
    const onClose: Array<() => void> = [];
    let isEnded = false;
    const isOpen = (): boolean => !isEnded && !this.#isOver;
    const { listener } = this.#options;
    this.#onEnd.push(() => {
      if (listener.owner.isAlive) for (const fn of onClose.splice(0)) fn();
    });
    const down = this.#down;
    const stream: OutboundStream = {
      get bufferedBytes() {
        return down.bufferedBytes;
      },
      get isOpen() {
        return isOpen();
      },
      write: (chunk) => {
        const bytes = Buffer.from(chunk as string);
        if (isOpen()) down.send(bytes.length, () => this.#receive(bytes));
      },
      end: () => {
        if (isOpen()) down.send(0, () => this.#complete());
        isEnded = true;
      },
      terminate: () => {
        isEnded = true;
        this.#failSoon();
      },
      onClose: (fn) => {
        if (this.#isOver) this.#options.network.clock.schedule(0, fn);
        else onClose.push(fn);
      },
    };
    answer.stream?.(stream);
  }

  #receiveHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status;
    this.#headers = lowerCaseNames(headers);
  }

  #receive(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    const limit = this.#options.maxResponseBytes;
    if (this.#receivedBytes <= limit) this.#chunks.push(bytes);
    else this.#fail('PAYLOAD_TOO_LARGE', `the answer exceeds ${limit} bytes`);
  }

  #complete(): void {
    if (this.#isOver) return;
    this.#end();
    const body = Buffer.concat(this.#chunks);
    this.#options.onResponse({ status: this.#status, headers: this.#headers, body });
  }

  #failSoon(): void {
    const { network } = this.#options;
    network.clock.schedule(network.drawLatencyUs(), () =>
      this.#fail('NETWORK_CLOSED', 'ECONNRESET'),
    );
  }

  #fail(code: ErrorCode, what: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#options.onFailure(code, what);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#up.break();
    this.#down.break();
    for (const fn of this.#onEnd.splice(0)) fn();
  }
}
