/** Tokens of the control port: from the environment; one made on the spot for the local profile alone. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { controlTokens, localTokenFile } from '../../../daemon/system/control-tokens.ts';

const tokens = suite('control tokens');

function bench(profileName: string, secrets: Record<string, string> = {}) {
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
  const { ports } = world.node('daemon', { secrets });
  ports.disk.makeDirectory('/data');
  const table = controlTokens(ports, profileName, '/data');
  const path = `/data/${localTokenFile}`;
  const text = ports.disk.exists(path) ? ports.disk.readFile(path).toString('utf8') : undefined;
  return { table, text };
}

tokens('the local profile gets an owner token in a file', () => {
  const { table, text } = bench('local');
  assert.match(text ?? '', /^[0-9a-f]{48}\n$/);
  assert.is(table.identify(`Bearer ${text?.trim()}`).role, 'owner');
});

tokens('no other profile gets one: without tokens every command is refused', () => {
  const { table, text } = bench('paper');
  assert.is(text, undefined);
  assert.is(table.isEmpty, true);
});

tokens('a token of the environment is used, and none is made beside it', () => {
  const { table, text } = bench('local', { HOLDFAST_TOKEN_SUPERVISOR: 'a-long-enough-token' });
  assert.is(text, undefined);
  assert.is(table.identify('Bearer a-long-enough-token').role, 'supervisor');
});

tokens.run();
