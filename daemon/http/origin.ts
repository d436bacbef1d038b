/**
 * Who may talk to a loopback port. Binding to loopback is no protection against a page in the
 * operator's browser (DNS rebinding), so Host is always checked and Origin whenever it is sent.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';

export interface OriginPolicy {
  /** `host:port` values a request may name. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may call. */
  readonly origins: ReadonlySet<string>;
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** Hosts: how this port can be named. Origins: the page's own, which is the status port's. */
export function originPolicy(
  listen: { readonly host: string; readonly port: number; readonly tls: boolean },
  statusPort: number,
): OriginPolicy {
  const names = loopbackNames.includes(listen.host)
    ? loopbackNames
    : [listen.host, ...loopbackNames];
  const scheme = listen.tls ? 'https' : 'http';
  return {
    hosts: new Set(names.map((name) => `${name}:${listen.port}`)),
    origins: new Set(names.map((name) => `${scheme}://${name}:${statusPort}`)),
  };
}

/** Throws FORBIDDEN when the request names another host or comes from another page. */
export function checkOrigin(policy: OriginPolicy, headers: Readonly<Record<string, string>>): void {
  const host = headers.host?.toLowerCase();
  if (host === undefined || !policy.hosts.has(host)) {
    throw new HoldfastError('FORBIDDEN', 'the Host header does not name this port');
  }
  const origin = headers.origin;
  if (origin !== undefined && !policy.origins.has(origin.toLowerCase())) {
    throw new HoldfastError('FORBIDDEN', 'this Origin may not call this port');
  }
}
