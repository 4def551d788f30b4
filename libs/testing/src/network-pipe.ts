import type { Socket } from 'node:net';

/** What happens to the bytes of one direction, the end of a connection included. */
export type Flow =
  | 'pass'
  /** Nothing gets through. What was sent meanwhile arrives late, in order, once it passes again: as after a lost route. */
  | 'hold'
  | { readonly delayMs: number };

/** Bytes that a direction keeps before it stops reading. */
const MOST_HELD_BYTES = 8_388_608;

/** One direction of one connection. */
export class NetworkPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #look: (chunk: Buffer) => 'cut' | undefined;
  #flow: Flow;
  #held: { chunk: Buffer | 'end'; due: number }[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param look sees every chunk as it comes; `cut` ends the connection in its place */
  constructor(from: Socket, to: Socket, flow: Flow, look: (chunk: Buffer) => 'cut' | undefined) {
    this.#from = from;
    this.#to = to;
    this.#flow = flow;
    this.#look = look;
    from.on('data', (chunk) => this.#take(chunk));
    from.on('error', () => undefined);
    from.on('close', () => this.#take('end'));
  }

  set flow(flow: Flow) {
    this.#flow = flow;
    this.#pump();
  }

  #take(chunk: Buffer | 'end'): void {
    if (chunk !== 'end') {
      if (this.#look(chunk) === 'cut') return this.#cut();
      this.#bytes += chunk.length;
      if (this.#bytes > MOST_HELD_BYTES) this.#from.pause();
    }
    this.#held.push({ chunk, due: typeof this.#flow === 'object' ? Date.now() + this.#flow.delayMs : 0 });
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#flow !== 'hold') {
      const next = this.#held[0];
      if (next === undefined) break;
      const waits = next.due - Date.now();
      if (waits > 0) {
        this.#timer = setTimeout(() => this.#pump(), waits);
        return;
      }
      this.#held.shift();
      if (next.chunk === 'end') this.#to.destroySoon();
      else {
        this.#bytes -= next.chunk.length;
        if (!this.#to.destroyed) this.#to.write(next.chunk);
      }
    }
    if (this.#bytes <= MOST_HELD_BYTES) this.#from.resume();
  }

  #cut(): void {
    this.#held = [];
    this.#from.resetAndDestroy();
    this.#to.resetAndDestroy();
  }
}
