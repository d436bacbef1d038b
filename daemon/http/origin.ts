/**
 * Who may talk to a loopback port. Binding to loopback is no protection against a page in the
 * operator's browser (DNS rebinding), so Host is always checked and Origin whenever it is sent.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';

/** Where a port listens, as far as naming it goes. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Further names clients may use for it: a proxy's, or those in its certificate. */
  readonly names?: readonly string[];
}

export interface OriginPolicy {
  /** `host:port` values a request may name. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may call. */
  readonly origins: ReadonlySet<string>;
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether only this machine can connect to the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function namesOf({ host, names = [] }: Listening): string[] {
  return [...new Set([...loopbackNames, bracketed(host), ...names])].map((name) =>
    name.toLowerCase(),
  );
}

function isDefaultPort({ port, tls }: Listening): boolean {
  return port === (tls ? 443 : 80);
}

/** Every `host[:port]` under which the port can be named; a default port may be left out. */
function authoritiesOf(listening: Listening): string[] {
  return namesOf(listening).flatMap((name) => [
    `${name}:${listening.port}`,
    ...(isDefaultPort(listening) ? [name] : []),
  ]);
}

/** The base URL people use. */
export function baseUrl(listening: Listening): string {
  const any = listening.host === '0.0.0.0' || listening.host === '::';
  const host = any ? '127.0.0.1' : bracketed(listening.host);
  return `${listening.tls ? 'https' : 'http'}://${host}:${listening.port}`;
}

/** Hosts: how this port can be named. Origins: the page's, which the status port serves. */
export function originPolicy(self: Listening, page: Listening): OriginPolicy {
  const scheme = page.tls ? 'https' : 'http';
  return {
    hosts: new Set(authoritiesOf(self)),
    origins: new Set(authoritiesOf(page).map((authority) => `${scheme}://${authority}`)),
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
