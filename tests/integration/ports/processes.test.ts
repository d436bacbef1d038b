/** Real children and real threads: what they see, how they talk, how they end. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { productionPorts } from '../../../daemon/ports/production/index.ts';
import type { Child, Ports } from '../../../streams/ports/index.ts';
import { untilTrue } from '../../fixtures/ports.ts';

const processes = suite('processes');
const childModule = fileURLToPath(new URL('../../fixtures/ports-child.js', import.meta.url));
const threadModule = fileURLToPath(new URL('../../fixtures/ports-thread.js', import.meta.url));

interface ChildDiary {
  readonly child: Child;
  readonly messages: unknown[];
  readonly stdout: string[];
  readonly stderr: string[];
  readonly exits: Array<readonly [code: number | null, signal: string | null]>;
}

function makePorts(): Ports {
  return productionPorts({ log: { level: 'silent', destination: 'stderr' } });
}

/** Runs a child for the time of `work`, and makes sure it is gone afterwards. */
async function withChild(
  modulePath: string,
  work: (diary: ChildDiary, ports: Ports) => Promise<void>,
): Promise<void> {
  const ports = makePorts();
  const logs = { messages: [], stdout: [], stderr: [], exits: [] } as Omit<ChildDiary, 'child'>;
  const child = ports.processes.spawn(
    { modulePath, args: ['--x', '1'], environment: { GIVEN: 'yes' } },
    {
      onMessage: (message) => void logs.messages.push(message),
      onStdout: (line) => void logs.stdout.push(line),
      onStderr: (line) => void logs.stderr.push(line),
      onExit: (code, signal) => void logs.exits.push([code, signal]),
    },
  );
  try {
    await work({ child, ...logs }, ports);
  } finally {
    child.signal('SIGKILL');
    await untilTrue(ports, () => logs.exits.length > 0, 'the child is gone');
  }
}

processes('a child sees its arguments and a minimal environment, and talks both ways', () =>
  withChild(childModule, async ({ child, messages, exits }, ports) => {
    await untilTrue(ports, () => messages.length === 1, 'the first message');
    const first = messages[0] as { args: string[]; environment: string[] };
    assert.equal(first.args, ['--x', '1']);
    const allowed = new Set(['GIVEN', 'HOME', 'PATH', 'TZ']);
    const seen = first.environment.filter((name) => !name.startsWith('NODE_CHANNEL'));
    assert.ok(seen.includes('GIVEN') && seen.includes('PATH'));
    assert.equal(
      seen.filter((name) => !allowed.has(name)),
      [],
    );
    assert.ok(child.pid > 0);
    assert.ok(ports.host.processStartTicks(child.pid));
    assert.ok(child.send({ bytes: new Uint8Array([1, 2]), map: new Map([['a', 1]]) }));
    await untilTrue(ports, () => messages.length === 2, 'the echo');
    const echo = (messages[1] as { echo: { bytes: Uint8Array; map: Map<string, number> } }).echo;
    assert.equal([...echo.bytes], [1, 2]);
    assert.is(echo.map.get('a'), 1);
    child.send('exit');
    await untilTrue(ports, () => exits.length === 1, 'the exit');
    assert.equal(exits, [[7, null]]);
    assert.is(child.send('late'), false);
    assert.is(ports.host.processStartTicks(child.pid), undefined);
  }),
);

processes('output arrives by lines, all of it before the exit', () =>
  withChild(childModule, async ({ child, messages, stdout, stderr, exits }, ports) => {
    await untilTrue(ports, () => messages.length === 1, 'ready');
    child.send('print');
    await untilTrue(ports, () => exits.length === 1, 'the exit');
    assert.equal(stdout, ['one', 'two']);
    assert.equal(stderr, ['trouble']);
  }),
);

processes('a killed child exits once, with the signal', () =>
  withChild(childModule, async ({ child, messages, exits }, ports) => {
    await untilTrue(ports, () => messages.length === 1, 'ready');
    child.signal('SIGKILL');
    child.signal('SIGKILL');
    await untilTrue(ports, () => exits.length > 0, 'the exit');
    await ports.clock.sleep(30);
    assert.equal(exits, [[null, 'SIGKILL']]);
  }),
);

processes('a module that does not exist is an exit, not a throw', () =>
  withChild('/no/such/module.js', async ({ exits, stderr }, ports) => {
    await untilTrue(ports, () => exits.length > 0, 'the exit');
    assert.is(exits[0]?.[0], 1);
    assert.match(stderr.join('\n'), /Cannot find module/);
  }),
);

processes('a thread gets its input, talks both ways and ends without an error', async () => {
  const ports = makePorts();
  const messages: unknown[] = [];
  const exits: Array<Error | undefined> = [];
  const thread = ports.threads.spawn(
    threadModule,
    { seed: 5 },
    {
      onMessage: (message) => void messages.push(message),
      onExit: (error) => void exits.push(error),
    },
  );
  thread.post('hello');
  await untilTrue(ports, () => messages.length === 1, 'the answer');
  assert.equal(messages, [{ echo: 'hello', input: { seed: 5 } }]);
  await thread.terminate();
  await untilTrue(ports, () => exits.length === 1, 'the end');
  assert.equal(exits, [undefined]);
});

processes('a thread that fails says why, once', async () => {
  const ports = makePorts();
  const exits: Array<Error | undefined> = [];
  const handlers = {
    onMessage: () => undefined,
    onExit: (error?: Error) => void exits.push(error),
  };
  ports.threads.spawn(threadModule, {}, handlers).post('throw');
  ports.threads.spawn('/no/such/module.js', {}, handlers);
  await untilTrue(ports, () => exits.length === 2, 'both ends');
  const reasons = exits.map((error) => error?.message ?? 'no error').sort();
  assert.match(reasons[0] ?? '', /Cannot find module/);
  assert.match(reasons[1] ?? '', /thread broke/);
});

processes.run();
