/** The disk port, held to one contract in both implementations. */
import { pbkdf2 } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { spy, stub } from 'sinon';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { portKinds, withPorts } from '../../fixtures/ports.ts';

const disk = suite('disk');

/** Occupies one thread of Node's pool for some milliseconds. */
function slowJob(): void {
  pbkdf2('x', 'y', 20_000, 32, 'sha256', () => undefined);
}

/** The system's code of what `work` throws. */
function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

for (const kind of portKinds) {
  disk(`${kind}: bytes are read where they were written, and no further than the end`, () =>
    withPorts(kind, async ({ client, directory }) => {
      const file = client.disk.open(`${directory}/a`, 'create');
      file.writeSync(Buffer.from('hello'), 0);
      file.writeSync(Buffer.from('J'), 0);
      file.writeSync(Buffer.from('far'), 10);
      file.datasyncSync();
      assert.is(file.size(), 13);
      assert.is(file.readSync(0, 5).toString(), 'Jello');
      assert.equal([...file.readSync(5, 5)], [0, 0, 0, 0, 0]);
      assert.is(file.readSync(10, 100).toString(), 'far');
      assert.is(file.readSync(13, 10).length, 0);
      assert.is(file.readSync(99, 10).length, 0);
      file.close();
      file.close();
      assert.is(client.disk.readFile(`${directory}/a`).length, 13);
    }),
  );

  disk(`${kind}: asynchronous calls do the same as the synchronous ones`, () =>
    withPorts(kind, async ({ client, directory, settle }) => {
      const file = client.disk.open(`${directory}/a`, 'create');
      await settle(file.write(Buffer.from('abc'), 2));
      await settle(file.datasync());
      assert.equal([...(await settle(file.read(0, 9)))], [0, 0, 97, 98, 99]);
      file.close();
      let code = '';
      await settle(
        file.write(Buffer.from('x'), 0).catch((error: { code?: string }) => {
          code = error.code ?? '';
        }),
      );
      assert.is(code, 'EBADF');
    }),
  );

  disk(`${kind}: a file that is closed under its own writer still gets the bytes`, () =>
    withPorts(kind, async ({ client, directory, settle }) => {
      const file = client.disk.open(`${directory}/a`, 'create');
      // Keeps the thread pool busy, so that the write has not begun when the file is closed.
      if (kind === 'production') for (let job = 0; job < 8; job += 1) slowJob();
      const writes = settle(Promise.allSettled([file.write(Buffer.alloc(100_000, 1), 0)]));
      if (kind === 'production') file.close();
      await writes;
      assert.is(client.disk.stat(`${directory}/a`)?.sizeBytes, 100_000);
    }),
  );

  disk(`${kind}: what is there, what is missing and what is closed have the system's codes`, () =>
    withPorts(kind, async ({ client, directory }) => {
      const at = (name: string): string => `${directory}/${name}`;
      const file = client.disk.open(at('a'), 'create');
      assert.is(
        codeOf(() => client.disk.open(at('a'), 'create')),
        'EEXIST',
      );
      assert.is(
        codeOf(() => client.disk.open(at('b'), 'write')),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.open(at('b'), 'read')),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.open(at('no/b'), 'create')),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.readFile(at('b'))),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.list(at('b'))),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.remove(at('b'))),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.rename(at('b'), at('c'))),
        'ENOENT',
      );
      assert.is(
        codeOf(() => client.disk.writeFileAtomic(at('no/b'), '')),
        'ENOENT',
      );
      const reader = client.disk.open(at('a'), 'read');
      assert.is(
        codeOf(() => reader.writeSync(Buffer.from('x'), 0)),
        'EBADF',
      );
      file.close();
      assert.is(
        codeOf(() => file.writeSync(Buffer.from('x'), 0)),
        'EBADF',
      );
      assert.is(
        codeOf(() => file.datasyncSync()),
        'EBADF',
      );
      reader.close();
    }),
  );

  disk(`${kind}: names are listed sorted; files and directories can be told apart`, () =>
    withPorts(kind, async ({ client, directory }) => {
      client.disk.makeDirectory(`${directory}/sub/deep`);
      client.disk.makeDirectory(`${directory}/sub/deep`);
      for (const name of ['b', 'a', 'B', '10', '9']) {
        client.disk.writeFileAtomic(`${directory}/${name}`, name);
      }
      assert.equal(client.disk.list(directory), ['10', '9', 'B', 'a', 'b', 'sub']);
      assert.is(client.disk.stat(`${directory}/sub`)?.kind, 'directory');
      assert.is(client.disk.stat(`${directory}/10`)?.kind, 'file');
      assert.is(client.disk.stat(`${directory}/10`)?.sizeBytes, 2);
      assert.is(client.disk.stat(`${directory}/none`), undefined);
      assert.ok(client.disk.exists(`${directory}/sub/deep`));
      assert.not.ok(client.disk.exists(`${directory}/sub/none`));
    }),
  );

  disk(`${kind}: an atomic replacement leaves the new bytes and nothing else`, () =>
    withPorts(kind, async ({ client, directory }) => {
      client.disk.writeFileAtomic(`${directory}/a`, 'first, longer');
      client.disk.writeFileAtomic(`${directory}/a`, Buffer.from('second'));
      assert.is(client.disk.readFile(`${directory}/a`).toString(), 'second');
      assert.equal(client.disk.list(directory), ['a']);
    }),
  );

  disk(`${kind}: a file made whole is made once, and leaves nothing else`, () =>
    withPorts(kind, async ({ client, directory }) => {
      client.disk.createFileAtomic(`${directory}/a`, Buffer.from('first'));
      assert.is(
        codeOf(() => client.disk.createFileAtomic(`${directory}/a`, Buffer.from('second'))),
        'EEXIST',
      );
      assert.is(client.disk.readFile(`${directory}/a`).toString(), 'first');
      assert.equal(client.disk.list(directory), ['a']);
    }),
  );

  disk(`${kind}: renaming replaces, removing removes, a tree goes as a whole`, () =>
    withPorts(kind, async ({ client, directory }) => {
      client.disk.writeFileAtomic(`${directory}/a`, 'a');
      client.disk.writeFileAtomic(`${directory}/b`, 'b');
      client.disk.rename(`${directory}/a`, `${directory}/b`);
      client.disk.syncDirectory(directory);
      assert.is(client.disk.readFile(`${directory}/b`).toString(), 'a');
      client.disk.makeDirectory(`${directory}/sub`);
      client.disk.writeFileAtomic(`${directory}/sub/c`, 'c');
      client.disk.rename(`${directory}/sub`, `${directory}/moved`);
      assert.is(client.disk.readFile(`${directory}/moved/c`).toString(), 'c');
      client.disk.remove(`${directory}/b`);
      assert.equal(client.disk.list(directory), ['moved']);
      client.disk.removeTree(`${directory}/moved`);
      client.disk.removeTree(`${directory}/moved`);
      assert.equal(client.disk.list(directory), []);
    }),
  );

  disk(`${kind}: preallocation extends with zeros and never shortens; truncation cuts`, () =>
    withPorts(kind, async ({ client, directory }) => {
      const file = client.disk.open(`${directory}/a`, 'create');
      file.writeSync(Buffer.from('head'), 0);
      file.preallocateSync(2_500_000);
      assert.is(file.size(), 2_500_000);
      assert.is(file.readSync(0, 4).toString(), 'head');
      assert.ok(file.readSync(4, 2_499_996).every((byte) => byte === 0));
      file.preallocateSync(10);
      assert.is(file.size(), 2_500_000);
      file.truncateSync(2);
      assert.is(file.size(), 2);
      file.preallocateSync(6);
      assert.is(file.readSync(0, 6).toString(), 'he\0\0\0\0');
      file.close();
    }),
  );

  disk(`${kind}: the space of the file system is known`, () =>
    withPorts(kind, async ({ client, directory }) => {
      const { totalBytes, freeBytes } = client.disk.space(directory);
      assert.ok(totalBytes > 0 && freeBytes > 0 && freeBytes <= totalBytes);
    }),
  );
}

/** Runs `work`; the directories it opened and synced, as paths from `root`. */
function syncedBy(root: string, work: () => void): string[] {
  const opened = spy(fs, 'openSync');
  const synced = spy(fs, 'fsyncSync');
  try {
    work();
    assert.equal(
      synced.getCalls().map((call) => call.args[0]),
      opened.getCalls().map((call) => call.returnValue),
    );
    return opened.getCalls().map((call) => path.relative(root, String(call.args[0])));
  } finally {
    opened.restore();
    synced.restore();
  }
}

disk('production: a new directory is synced into its parent before anything is made in it', () =>
  withPorts('production', async ({ client, directory }) => {
    const make = (name: string) => () => client.disk.makeDirectory(path.join(directory, name));
    assert.equal(syncedBy(directory, make('a/b/c')), ['..', '', 'a', 'a/b']);
  }),
);

disk(
  'production: a directory that is there is synced into its parent: its maker may have died',
  () =>
    withPorts('production', async ({ client, directory }) => {
      // As a start left it that died before it synced the last name.
      fs.mkdirSync(path.join(directory, 'a'));
      const make = (name: string) => () => client.disk.makeDirectory(path.join(directory, name));
      assert.equal(syncedBy(directory, make('a')), ['']);
      assert.equal(syncedBy(directory, make('a/b')), ['', 'a'], 'also when more is made below it');
    }),
);

for (const [call, code, isRefused] of [
  ['openSync', 'EACCES', false],
  ['fsyncSync', 'EINVAL', false],
  ['fsyncSync', 'EIO', true],
] as const) {
  disk(`production: ${code} of ${call} ${isRefused ? 'refuses' : 'forgives'} what is there`, () =>
    withPorts('production', async ({ client, directory }) => {
      const failing = stub(fs, call).throws(Object.assign(new Error(code), { code }));
      try {
        const make = () => client.disk.makeDirectory(directory);
        assert.is(codeOf(make), isRefused ? code : 'nothing thrown');
        const more = () => client.disk.makeDirectory(path.join(directory, 'new'));
        assert.is(codeOf(more), code, 'a new name must be durable');
      } finally {
        failing.restore();
      }
    }),
  );
}

disk('production: preallocation without the space for it leaves nothing of itself', () =>
  withPorts('production', async ({ client, directory }) => {
    const file = client.disk.open(`${directory}/a`, 'create');
    file.writeSync(Buffer.from('head'), 0);
    const writing = stub(fs, 'writeSync').callThrough();
    writing.onSecondCall().throws(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    try {
      assert.is(
        codeOf(() => file.preallocateSync(2_500_000)),
        'ENOSPC',
      );
    } finally {
      writing.restore();
    }
    assert.is(file.size(), 4);
    file.close();
  }),
);

disk.run();
