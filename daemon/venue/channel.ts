/** One channel and who listens to it. A notification is encoded once; every listener gets the same text. */
import type { ChannelSpec } from './channel-name.ts';
import type { Session } from './session.ts';

export class Channel {
  readonly name: string;
  readonly spec: ChannelSpec;
  readonly sessions = new Set<Session>();
  readonly #head: string;

  constructor(name: string, spec: ChannelSpec) {
    this.name = name;
    this.spec = spec;
    this.#head = `{"jsonrpc":"2.0","method":"subscription","params":{"channel":${JSON.stringify(name)},`;
  }

  /** Sends data (JSON text) to every listener. */
  publish(data: string): void {
    const text = `${this.#head}"data":${data}}}`;
    for (const session of this.sessions) this.#deliver(session, text, data);
  }

  /** Sends data to one listener: snapshots, and what belongs to one account. */
  publishTo(session: Session, data: string): void {
    this.#deliver(session, `${this.#head}"data":${data}}}`, data);
  }

  #deliver(session: Session, text: string, data: string): void {
    const label = session.labels.get(this.name);
    if (label === undefined) session.notify(this.name, text);
    else
      session.notify(this.name, `${this.#head}"label":${JSON.stringify(label)},"data":${data}}}`);
  }
}
