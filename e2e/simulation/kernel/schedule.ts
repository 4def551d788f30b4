/** Something that will happen, unless it is called off. */
export interface Event {
  /** Virtual milliseconds since the world began. */
  readonly at: number;
  /** Of two at the same moment the one that was planned first happens first. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** What will happen, in order: a binary heap. */
export class Schedule {
  readonly #heap: Event[] = [];
  #order = 0;

  plan(at: number, run: () => void): Event {
    const event: Event = { at, order: this.#order++, run };
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[i] = heap[parent] as Event;
      i = parent;
    }
    heap[i] = event;
    return event;
  }

  /** Takes out what comes next; undefined when nothing does. */
  next(): Event | undefined {
    for (let event = this.#take(); event !== undefined; event = this.#take())
      if (event.run !== undefined) return event;
    return undefined;
  }

  #take(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
