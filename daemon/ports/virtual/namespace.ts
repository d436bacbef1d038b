/**
 * Names of a virtual disk. A creation, renaming or removal is durable once its directory was
 * synced; when the power goes, an arbitrary first part of the others survives. Making a directory
 * is durable at once: the house makes its directories at start and never relies on losing one.
 */
import path from 'node:path/posix';
import type { Random } from '../../../streams/ports/index.ts';
import type { Inode } from './inode.ts';
import { systemError } from './system-error.ts';

/** Names that change together: a renaming is two of them. */
type Change = ReadonlyArray<readonly [name: string, inode: Inode | undefined]>;

/** Which file is found under which absolute path. */
export class Namespace {
  readonly #directories = new Set<string>(['/']);
  readonly #durable = new Map<string, Inode>();
  #live = new Map<string, Inode>();
  #unsynced: Change[] = [];

  files(): Inode[] {
    return [...this.#live.values()];
  }

  has(name: string): boolean {
    return this.#live.has(name) || this.#directories.has(name);
  }

  isDirectory(name: string): boolean {
    return this.#directories.has(name);
  }

  /** Names directly in a directory that the power would surely leave, sorted, with their files. */
  durable(directory: string): (readonly [name: string, inode: Inode])[] {
    const prefix = directory === '/' ? directory : `${directory}/`;
    const found: (readonly [name: string, inode: Inode])[] = [];
    for (const [name, inode] of this.#durable) {
      if (name.startsWith(prefix) && !name.includes('/', prefix.length)) found.push([name, inode]);
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Throws ENOENT, EISDIR. */
  file(name: string): Inode {
    const inode = this.#live.get(name);
    if (inode !== undefined) return inode;
    throw systemError(this.#directories.has(name) ? 'EISDIR' : 'ENOENT', name);
  }

  requireDirectory(name: string): void {
    if (this.#directories.has(name)) return;
    throw systemError(this.#live.has(name) ? 'ENOTDIR' : 'ENOENT', name);
  }

  set(name: string, inode: Inode): void {
    this.#apply([[name, inode]]);
  }

  remove(name: string): void {
    this.file(name);
    this.#apply([[name, undefined]]);
  }

  rename(from: string, to: string): void {
    this.requireDirectory(path.dirname(to));
    if (this.#directories.has(from)) this.#renameDirectory(from, to);
    else {
      const inode = this.file(from);
      this.#apply([
        [from, undefined],
        [to, inode],
      ]);
    }
  }

  makeDirectory(name: string): void {
    if (this.#live.has(name)) throw systemError('EEXIST', name);
    for (let at = name; !this.#directories.has(at); at = path.dirname(at)) {
      if (this.#live.has(at)) throw systemError('ENOTDIR', at);
      this.#directories.add(at);
    }
  }

  removeTree(name: string): void {
    const below = (other: string): boolean => other === name || other.startsWith(`${name}/`);
    for (const file of [...this.#live.keys()].filter(below)) this.#apply([[file, undefined]]);
    for (const directory of [...this.#directories].filter(below)) {
      if (directory !== '/') this.#directories.delete(directory);
    }
  }

  list(name: string): string[] {
    this.requireDirectory(name);
    const all = [...this.#live.keys(), ...this.#directories];
    return all
      .filter((other) => other !== '/' && path.dirname(other) === name)
      .map((other) => path.basename(other))
      .sort();
  }

  /** Makes the changes that touch this directory durable. */
  sync(directory: string): void {
    const touches = (change: Change): boolean =>
      change.some(([name]) => path.dirname(name) === directory);
    for (const change of this.#unsynced.filter(touches)) this.#commit(change);
    this.#unsynced = this.#unsynced.filter((change) => !touches(change));
  }

  loseUnsynced(random: Random): void {
    const survivors = random.integer(this.#unsynced.length + 1);
    for (const change of this.#unsynced.slice(0, survivors)) this.#commit(change);
    this.#unsynced = [];
    this.#live = new Map(
      [...this.#durable].filter(([name]) => this.#directories.has(path.dirname(name))),
    );
  }

  #renameDirectory(from: string, to: string): void {
    const moved = (name: string): string => to + name.slice(from.length);
    const below = (name: string): boolean => name === from || name.startsWith(`${from}/`);
    for (const directory of [...this.#directories].filter(below)) {
      this.#directories.delete(directory);
      this.#directories.add(moved(directory));
    }
    const entries = [...this.#live].filter(([name]) => below(name));
    const change: Change = entries.flatMap(([name, inode]) => [
      [name, undefined] as const,
      [moved(name), inode] as const,
    ]);
    this.#apply(change);
    // The directories are durable already, so what stands in them must be too.
    this.#commit(change);
    this.#unsynced = this.#unsynced.filter((other) => other !== change);
  }

  #apply(change: Change): void {
    for (const [name, inode] of change) {
      if (inode === undefined) this.#live.delete(name);
      else this.#live.set(name, inode);
    }
    this.#unsynced.push(change);
  }

  #commit(change: Change): void {
    for (const [name, inode] of change) {
      if (inode === undefined) this.#durable.delete(name);
      else this.#durable.set(name, inode);
    }
  }
}
