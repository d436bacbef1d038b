/**
 * What is to happen, ordered by (time, order of creation). A cancelled entry stays in the heap until
 * it surfaces; when most of the heap is cancelled it is rebuilt, so memory follows what is live.
 */
export interface QueuedEvent {
  readonly dueUs: number;
  readonly order: number;
  /** Undefined once it ran or was cancelled. */
  run: (() => void) | undefined;
}

/** Below this size a rebuild is not worth its price. */
const smallHeap = 1_024;

/** A binary heap of events. */
export class EventQueue {
  #heap: QueuedEvent[] = [];
  #created = 0;
  #cancelled = 0;

  /** Events that will still run. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(dueUs: number, run: () => void): QueuedEvent {
    this.#created += 1;
    const event: QueuedEvent = { dueUs, order: this.#created, run };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  cancel(event: QueuedEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    this.#cancelled += 1;
    if (this.#heap.length > smallHeap && this.#cancelled > this.#heap.length / 2) this.#rebuild();
  }

  /** The next event, left where it is. */
  peek(): QueuedEvent | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.run === undefined) {
      this.#removeFirst();
      this.#cancelled -= 1;
    }
    return this.#heap[0];
  }

  /** Takes the next event out and returns what it does. */
  take(): (() => void) | undefined {
    const event = this.peek();
    if (event === undefined) return undefined;
    const { run } = event;
    event.run = undefined;
    this.#removeFirst();
    return run;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rebuild(): void {
    this.#heap = this.#heap.filter((event) => event.run !== undefined);
    this.#cancelled = 0;
    for (let index = this.#heap.length >> 1; index >= 0; index -= 1) this.#sink(index);
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const event = heap[start] as QueuedEvent;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as QueuedEvent;
      if (!isBefore(event, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const event = heap[start];
    if (event === undefined) return;
    let index = start;
    for (;;) {
      let childIndex = index * 2 + 1;
      if (childIndex >= heap.length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, heap[childIndex] as QueuedEvent)) childIndex += 1;
      const child = heap[childIndex] as QueuedEvent;
      if (!isBefore(child, event)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = event;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.order < b.order);
}
