/**
 * Where a fault can take hold of the venue: lists of rules that the server asks at fixed places.
 * With no rule in a list the venue behaves as if there were no faults at all.
 */
import type { InboundHttpRequest, OutboundHttpResponse } from '../../../streams/ports/index.ts';
import type { AccountChanges } from '../../../streams/venues/simulated/index.ts';
import type { Channel } from '../channel.ts';
import type { Session } from '../session.ts';

/** Anything on its way to a client. `write` is what sends it, now or later, changed or not. */
export interface OutgoingFrame {
  /** Undefined for a reply over HTTP. */
  readonly session: Session | undefined;
  readonly kind: 'reply' | 'notification' | 'heartbeat';
  /** The method of a reply, the channel of a notification, empty for a heartbeat. */
  readonly subject: string;
  readonly text: string;
  readonly write: (text: string) => void;
}

/** A public notification before it is sent to anybody. */
export interface PublishedFrame {
  readonly channel: Channel;
  /** It is the first word to a new listener. */
  readonly greeting: boolean;
}

/** A request that was understood and not yet run. Rules may change its parameters or throw. */
export interface SeenRequest {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** Rules in order of adding; the first that returns true has taken the matter over. */
export class Rules<Subject> {
  #rules: readonly ((subject: Subject) => boolean)[] = [];

  /** Returns what removes the rule again. */
  add(rule: (subject: Subject) => boolean): () => void {
    this.#rules = [...this.#rules, rule];
    return () => {
      this.#rules = this.#rules.filter((each) => each !== rule);
    };
  }

  /** True when a rule took the subject over. */
  takes(subject: Subject): boolean {
    if (this.#rules.length === 0) return false;
    return this.#rules.some((rule) => rule(subject));
  }
}

export class Hooks {
  readonly outgoing = new Rules<OutgoingFrame>();
  /** Frames from a client that the venue never sees. */
  readonly incoming = new Rules<Session>();
  readonly requests = new Rules<SeenRequest>();
  /** Public notifications before they are sent to anybody. */
  readonly published = new Rules<PublishedFrame>();
  /** Private notifications about one operation. */
  readonly accounts = new Rules<AccountChanges>();
  /** Every change of an account, notified or not. */
  readonly changed = new Rules<AccountChanges>();
  /** Upgrades to WebSocket that are refused. */
  readonly upgrades = new Rules<(status: number) => void>();
  readonly http = new Rules<{
    readonly request: InboundHttpRequest;
    readonly answer: (response: OutboundHttpResponse) => void;
  }>();
  /** Changes of the text of everything that leaves, in order. */
  rewrites: readonly ((text: string, subject: string) => string)[] = [];
  /** Requests to the matching engine wait this long before they are looked at. */
  matchingDelayMs = 0;
  maintenance = false;

  /** Sends a frame, unless a rule takes it over: then it returns false. */
  send(frame: OutgoingFrame): boolean {
    const text = this.rewrites.reduce(
      (changed, rewrite) => rewrite(changed, frame.subject),
      frame.text,
    );
    if (this.outgoing.takes(this.rewrites.length === 0 ? frame : { ...frame, text })) return false;
    frame.write(text);
    return true;
  }
}
