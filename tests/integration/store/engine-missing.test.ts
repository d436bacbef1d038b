import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FromStore } from '../../../daemon/store/protocol.ts';
import { errorCodes } from '../../../streams/facts/errors.ts';
import { embeddedConfig, storeModulePath, withDirectory } from '../../fixtures/store/engine.ts';

const missing = suite('store without its engine');

/** Makes `chdb` unresolvable, as on a platform without it. */
const hideEngine = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (specifier === 'chdb') throw new Error('Cannot find package chdb');
      return next(specifier, context);
    }
  \`));
`)}`;

interface Ended {
  readonly code: number | null;
  readonly messages: readonly FromStore[];
}

function runStore(config: unknown, environment: Record<string, string>): Promise<Ended> {
  const messages: FromStore[] = [];
  const child = spawn(
    process.execPath,
    ['--import', hideEngine, storeModulePath, JSON.stringify(config)],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: environment },
  );
  child.on('message', (message) => void messages.push(message as FromStore));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, messages }));
  });
}

const passwords = {
  HOLDFAST_STORE_WRITER_PASSWORD: 'writer-secret',
  HOLDFAST_STORE_READER_PASSWORD: 'reader-secret',
};

missing('says so, with what to do, and ends with its exit code', () =>
  withDirectory(async (directory) => {
    const { code, messages } = await runStore(embeddedConfig(directory), passwords);
    assert.is(code, errorCodes.STORE_ENGINE_MISSING.exitCode);
    const [failed] = messages;
    assert.ok(failed?.kind === 'failed');
    assert.is(failed.code, 'STORE_ENGINE_MISSING');
    assert.match(
      failed.message,
      /install optional dependencies, or set a ClickHouse server by URL/,
    );
  }),
);

missing('refuses to start without a password of its own', () =>
  withDirectory(async (directory) => {
    const { messages } = await runStore(embeddedConfig(join(directory, 'x')), {});
    const [failed] = messages;
    assert.ok(failed?.kind === 'failed');
    assert.is(failed.code, 'SECRET_MISSING');
  }),
);

missing('does not outlive its parent', async () => {
  await withDirectory(async (directory) => {
    // A server that never answers keeps the process busy for ever, unless its parent goes.
    const config = {
      ...embeddedConfig(directory),
      engine: { kind: 'server', url: 'http://127.0.0.1:9', user: 'default', cluster: null },
    };
    const child = spawn(process.execPath, [storeModulePath, JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: passwords,
    });
    await new Promise((resolve) => child.stderr?.once('data', resolve));
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.disconnect();
    assert.is(await ended, 0);
  });
});

missing.run();
