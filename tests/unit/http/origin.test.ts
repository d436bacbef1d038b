import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { baseUrl, checkOrigin, isLoopback, originPolicy } from '../../../daemon/http/origin.ts';

const origin = suite('host and origin');

const control = { host: '127.0.0.1', port: 8781, tls: false };
const page = { host: '127.0.0.1', port: 8780, tls: false };
const policy = originPolicy(control, page);

function passes(headers: Record<string, string>, checked = policy): boolean {
  try {
    checkOrigin(checked, headers);
    return true;
  } catch {
    return false;
  }
}

const rows: Array<[title: string, headers: Record<string, string>, passes: boolean]> = [
  ['its own address', { host: '127.0.0.1:8781' }, true],
  ['localhost', { host: 'LocalHost:8781' }, true],
  ['IPv6 loopback', { host: '[::1]:8781' }, true],
  ['no Host', {}, false],
  ['another port', { host: '127.0.0.1:8780' }, false],
  ['no port', { host: '127.0.0.1' }, false],
  ['a name that resolves here (rebinding)', { host: 'evil.example:8781' }, false],
  ['a name that ends like ours', { host: 'evil.localhost:8781' }, false],
  ['the page', { host: '127.0.0.1:8781', origin: 'http://127.0.0.1:8780' }, true],
  ['the page by name', { host: '127.0.0.1:8781', origin: 'http://localhost:8780' }, true],
  ['a page of another port', { host: '127.0.0.1:8781', origin: 'http://127.0.0.1:9000' }, false],
  [
    'the page by another scheme',
    { host: '127.0.0.1:8781', origin: 'https://127.0.0.1:8780' },
    false,
  ],
  ['a page without origin', { host: '127.0.0.1:8781', origin: 'null' }, false],
  ['an empty origin', { host: '127.0.0.1:8781', origin: '' }, false],
  ['a foreign page', { host: '127.0.0.1:8781', origin: 'http://evil.example' }, false],
];
for (const [title, headers, expected] of rows) {
  origin(`${title} ${expected ? 'passes' : 'is refused'}`, () => {
    assert.is(passes(headers), expected);
  });
}

origin('the page of a TLS status port has a TLS origin, whatever the control port does', () => {
  const tlsPage = originPolicy(control, { ...page, tls: true });
  assert.ok(passes({ host: '127.0.0.1:8781', origin: 'https://localhost:8780' }, tlsPage));
  assert.not.ok(passes({ host: '127.0.0.1:8781', origin: 'http://localhost:8780' }, tlsPage));
});

origin('further names are known by the certificate, a default port may be left out', () => {
  const named = { host: '0.0.0.0', port: 443, tls: true, names: ['Desk.example'] };
  const open = originPolicy(named, named);
  assert.ok(passes({ host: 'desk.example' }, open));
  assert.ok(passes({ host: 'desk.example:443' }, open));
  assert.not.ok(passes({ host: 'desk.example:80' }, open));
});

origin('only this machine can reach a loopback address', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
    assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com', 'localhost.example']) {
    assert.not.ok(isLoopback(host), host);
  }
});

origin('the address people use is one they can open', () => {
  assert.is(baseUrl({ host: '0.0.0.0', port: 1, tls: false }), 'http://127.0.0.1:1');
  assert.is(baseUrl({ host: '::1', port: 2, tls: true }), 'https://[::1]:2');
});

origin.run();
