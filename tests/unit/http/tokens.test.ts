import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { requireRole, roles, type TokenTable, tokensFrom } from '../../../daemon/http/tokens.ts';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const tokens = suite('tokens');

function tableOf(environment: Readonly<Record<string, string>>): TokenTable {
  return tokensFrom({
    get: (name) => {
      const value = environment[name];
      return value === undefined ? undefined : hideSecret(value);
    },
  });
}

const oldToken = 'supervisor-old-token';
const newToken = 'supervisor-new-token';
const rotating = tableOf({
  HOLDFAST_TOKEN_SUPERVISOR: `${oldToken}, ${newToken}`,
  HOLDFAST_TOKEN_VIEWER: 'viewer-token-of-tests',
});

tokens('both tokens of a rotation are known, and told apart', () => {
  const first = rotating.identify(`Bearer ${oldToken}`);
  const second = rotating.identify(`bearer ${newToken}`);
  assert.is(first.role, 'supervisor');
  assert.is(second.role, 'supervisor');
  assert.is.not(first.tokenId, second.tokenId);
  assert.not.match(first.tokenId, 'supervisor');
  assert.is(rotating.identify('Bearer viewer-token-of-tests').role, 'viewer');
});

tokens('anything else is not known', async () => {
  const headers = [
    undefined,
    '',
    oldToken,
    `Basic ${oldToken}`,
    'Bearer',
    'Bearer ',
    `Bearer ${oldToken.slice(0, -1)}`,
    `Bearer ${oldToken}x`,
    `Bearer ${oldToken} ${newToken}`,
    `Bearer ${oldToken},`,
    `Bearer ${'x'.repeat(600)}`,
  ];
  for (const header of headers) {
    assert.is(await codeOf(() => rotating.identify(header)), 'UNAUTHORIZED', String(header));
  }
});

tokens('a token listed for two roles has the greater one', () => {
  const shared = 'one-token-for-two-roles';
  const table = tableOf({ HOLDFAST_TOKEN_OWNER: shared, HOLDFAST_TOKEN_VIEWER: shared });
  assert.is(table.identify(`Bearer ${shared}`).role, 'owner');
});

tokens('a token that can be guessed refuses to start', async () => {
  const code = await codeOf(() => tableOf({ HOLDFAST_TOKEN_OWNER: 'too-short' }));
  assert.is(code, 'CONFIG_INVALID');
});

tokens('without any token every caller is refused with what to do', async () => {
  const empty = tableOf({});
  assert.ok(empty.isEmpty);
  assert.is(await codeOf(() => empty.identify(`Bearer ${oldToken}`)), 'UNAUTHORIZED');
});

tokens('a role may do what a smaller one may, and nothing more', async () => {
  for (const [index, role] of roles.entries()) {
    for (const [needed, name] of roles.entries()) {
      const code = await codeOf(() => requireRole(role, name));
      assert.is(code, index >= needed ? 'none' : 'FORBIDDEN', `${role} for ${name}`);
    }
  }
});

tokens.run();
