/**
 * A shared stream of latest-wins changes. Whoever changes a key marks it; once per window each
 * marked key is emitted once, with everything that changed meanwhile folded together.
 *
 * Policy: no replay (a late subscriber reads the view); never errors; completes on close;
 * back-pressure by conflation: at most one item per key and window, whatever the input rate.
 */
import {
  auditTime,
  concatMap,
  from,
  type Observable,
  type SchedulerLike,
  Subject,
  share,
} from 'rxjs';

export interface Conflated<K, T> {
  /** Marks a key with the bits of what changed. Cheap: no emission, no allocation once known. */
  mark(key: K, bits: number): void;
  readonly changes$: Observable<T>;
  close(): void;
}

export interface ConflateOptions<K, T> {
  readonly windowMs: number;
  readonly scheduler: SchedulerLike;
  readonly project: (key: K, bits: number) => T;
}

export function conflated<K, T>(options: ConflateOptions<K, T>): Conflated<K, T> {
  const marked = new Map<K, number>();
  const wake = new Subject<void>();
  const drain = (): T[] => {
    const items = [...marked].map(([key, bits]) => options.project(key, bits));
    marked.clear();
    return items;
  };
  const changes$ = wake.pipe(
    auditTime(options.windowMs, options.scheduler),
    // Synchronous arrays: the queue of concatMap is empty again before the next window.
    concatMap(() => from(drain())),
    share(),
  );
  return {
    mark: (key, bits) => {
      // Nobody listens: nothing is kept.
      if (!wake.observed) return;
      if (marked.size === 0) {
        marked.set(key, bits);
        wake.next();
      } else {
        marked.set(key, (marked.get(key) ?? 0) | bits);
      }
    },
    changes$,
    close: () => {
      marked.clear();
      wake.complete();
    },
  };
}
