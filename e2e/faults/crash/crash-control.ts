import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A death that a process wrote down before it died. */
export interface Hit {
  readonly id: string;
  readonly point: string;
  readonly instance: string;
}

/** A point that the instances of a service are to die at. The first to come by dies; the others are told to live. */
export interface Arming {
  /** Resolves with the instance that died; never rejects. */
  readonly hit: Promise<string>;
  disarm(): void;
}

interface Armed {
  readonly service: string;
  readonly id: string;
  readonly point: string;
  readonly passes: number;
  readonly hit: (instance: string) => void;
}

/** Tells processes where to die. They ask when they start (`die-at-point.ts`) and hear of each change. */
export class CrashControl {
  readonly #server: Server;
  readonly #hits: string;
  readonly #sockets = new Map<Socket, string>();
  /** By id. */
  readonly #armed = new Map<string, Armed>();
  #count = 0;

  private constructor(server: Server, hits: string) {
    this.#server = server;
    this.#hits = hits;
    server.on('connection', (socket) => this.#greet(socket));
  }

  /** @param hits the file into which dying processes write; begun anew */
  static async listen(hits: string): Promise<CrashControl> {
    writeFileSync(hits, '');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CrashControl(server, hits);
  }

  /** What a process needs beside its own environment, and what it has to load first. */
  settingsOf(instance: string): { env: Record<string, string>; preload: string } {
    const { port } = this.#server.address() as AddressInfo;
    return {
      env: { FAULTS_PORT: String(port), FAULTS_INSTANCE: instance, FAULTS_HITS: this.#hits },
      preload: fileURLToPath(new URL('./die-at-point.ts', import.meta.url)),
    };
  }

  /** @param service its instances are called `<service>-<number>` */
  arm(service: string, point: string, passes: number): Arming {
    const id = String((this.#count += 1));
    const { promise, resolve } = Promise.withResolvers<string>();
    const disarm = (): void => {
      if (this.#armed.delete(id)) this.#tell(service);
    };
    const hit = (instance: string): void => {
      disarm();
      resolve(instance);
    };
    this.#armed.set(id, { service, id, point, passes, hit });
    this.#tell(service);
    return { hit: promise, disarm };
  }

  /** Every death at a named point so far. */
  hits(): Hit[] {
    if (!existsSync(this.#hits)) return [];
    const lines = readFileSync(this.#hits, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Hit);
  }

  close(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.#server.close();
  }

  #greet(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (!text.includes('\n') || this.#sockets.has(socket)) return;
      const { instance } = JSON.parse(text) as { instance: string };
      this.#sockets.set(socket, instance);
      this.#send(socket, serviceOf(instance));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#look();
    });
  }

  /** A connection ended, so a process did: was it for one of ours? */
  #look(): void {
    const hits = new Map(this.hits().map((hit) => [hit.id, hit.instance]));
    this.#armed.forEach(({ id, hit }) => {
      const instance = hits.get(id);
      if (instance !== undefined) hit(instance);
    });
  }

  #tell(service: string): void {
    for (const [socket, instance] of this.#sockets)
      if (serviceOf(instance) === service) this.#send(socket, service);
  }

  #send(socket: Socket, service: string): void {
    const own = [...this.#armed.values()].filter((each) => each.service === service);
    const orders = own.map(({ id, point, passes }) => ({ id, point, passes }));
    socket.write(`${JSON.stringify({ orders })}\n`);
  }
}

/** `delivery` of `delivery-2`. */
export function serviceOf(instance: string): string {
  return instance.replace(/-\d+$/, '');
}
