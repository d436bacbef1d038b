/** Children and threads of a virtual node: registered programs with their own life. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Child, Ports } from '../../../streams/ports/index.ts';

const processes = suite('virtual processes');

interface Diary {
  readonly child: Child;
  readonly messages: unknown[];
  readonly lines: string[];
  readonly exits: Array<readonly [code: number | null, signal: string | null]>;
}

function makeWorld(): VirtualWorld {
  return createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
}

function spawn(ports: Ports, environment: Record<string, string> = {}): Diary {
  const diary = { messages: [], lines: [], exits: [] } as Omit<Diary, 'child'>;
  const child = ports.processes.spawn(
    { modulePath: '/program.js', args: ['--x'], environment },
    {
      onMessage: (message) => void diary.messages.push(message),
      onStdout: (line) => void diary.lines.push(line),
      onExit: (code, signal) => void diary.exits.push([code, signal]),
    },
  );
  return { child, ...diary };
}

processes('a child talks both ways, has its own secrets, and shares the disk', async () => {
  const world = makeWorld();
  world.registerProgram('/program.js', async ({ args, parent, ports, print }) => {
    print(`started with ${args.join()}`);
    await ports.clock.sleep(5);
    ports.disk.writeFileAtomic('/from-child', ports.secrets.get('KEY')?.reveal() ?? 'none');
    parent.onMessage((message) => void parent.send({ echo: message }));
  });
  const ports = world.portsFor('daemon', { secrets: { KEY: 'of the parent' } });
  const { child, messages, lines, exits } = spawn(ports, { KEY: 'of the child' });
  assert.equal(lines, [], 'not inside the call');
  assert.ok(child.send({ n: 1 }), 'sent before the program listens');
  await world.clock.runUntilIdle();
  assert.equal(lines, ['started with --x']);
  assert.equal(messages, [{ echo: { n: 1 } }]);
  assert.is(ports.disk.readFile('/from-child').toString(), 'of the child');
  assert.is.not(child.pid, ports.host.pid);
  assert.ok(ports.host.processStartTicks(child.pid));
  child.signal('SIGKILL');
  child.signal('SIGKILL');
  await world.clock.runUntilIdle();
  assert.equal(exits, [[null, 'SIGKILL']]);
  assert.is(child.send('late'), false);
  assert.is(ports.host.processStartTicks(child.pid), undefined);
});

processes('a child that exits, throws or is asked to stop says so once', async () => {
  const world = makeWorld();
  world.registerProgram('/program.js', ({ parent, ports }) => {
    ports.host.onStopSignal((signal, count) => void parent.send(`${signal} ${count}`));
    parent.onMessage((message) => {
      if (message === 'exit') ports.host.exit(3);
    });
    if (ports.secrets.get('BROKEN') !== undefined) throw new Error('broken');
  });
  const ports = world.portsFor('daemon');
  const good = spawn(ports);
  const bad = spawn(ports, { BROKEN: 'yes' });
  await world.clock.runUntilIdle();
  assert.equal(bad.exits, [[1, null]]);
  good.child.signal('SIGTERM');
  await world.clock.runUntilIdle();
  assert.equal(good.messages, ['SIGTERM 1']);
  good.child.send('exit');
  await world.clock.runUntilIdle();
  assert.equal(good.exits, [[3, null]]);
});

processes('an exit that the dying code wrapped ends its own turn, not the world', async () => {
  const world = makeWorld();
  const { clock, host } = world.portsFor('daemon');
  clock.after(1, () => {
    try {
      host.exit(3);
    } catch (cause) {
      throw new Error('wrapped', { cause });
    }
  });
  await world.clock.runUntilIdle();
  assert.is(world.node('daemon').exitCode, 3);
  world.clock.schedule(1, () => {
    throw new Error('of the world');
  });
  const thrown = await world.clock.runUntilIdle().catch((error: Error) => error.message);
  assert.is(thrown, 'of the world');
});

processes('a child hears that its parent is gone; a dead parent hears nothing', async () => {
  const world = makeWorld();
  let isAlone = false;
  world.registerProgram('/program.js', ({ parent, ports }) => {
    parent.onDisconnect(() => {
      isAlone = true;
      assert.is(parent.send('anybody?'), false);
      ports.host.exit(0);
    });
  });
  const { messages, exits } = spawn(world.portsFor('daemon'));
  await world.clock.runUntilIdle();
  world.node('daemon').crash('process');
  await world.clock.runUntilIdle();
  assert.ok(isAlone);
  assert.equal([...messages, ...exits], []);
});

processes('a thread gets a copy of its input and of every message', async () => {
  const world = makeWorld();
  world.registerProgram('/thread.js', ({ input, parent }) => {
    (input as { list: number[] }).list.push(2);
    parent.onMessage((message) => void parent.send({ input, message }));
  });
  const input = { list: [1] };
  const messages: unknown[] = [];
  const exits: Array<Error | undefined> = [];
  const thread = world.portsFor('daemon').threads.spawn('/thread.js', input, {
    onMessage: (message) => void messages.push(message),
    onExit: (error) => void exits.push(error),
  });
  const message = { a: 1 };
  thread.post(message);
  message.a = 2;
  await world.clock.runUntilIdle();
  assert.equal(messages, [{ input: { list: [1, 2] }, message: { a: 1 } }]);
  assert.equal(input, { list: [1] });
  await thread.terminate();
  await world.clock.runUntilIdle();
  assert.equal(exits, [undefined]);
});

processes('a program nobody registered is NOT_BUILT, and so is an unknown signal', () => {
  const world = makeWorld();
  const notBuilt = (error: HoldfastError): boolean => error.code === 'NOT_BUILT';
  assert.throws(() => spawn(world.portsFor('daemon')), notBuilt);
  world.registerProgram('/program.js', () => undefined);
  const { child } = spawn(world.portsFor('daemon'));
  assert.throws(() => child.signal('SIGSTOP'), notBuilt);
});

processes.run();
