import net from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type NetworkProxy, startNetworkProxy } from '../src/index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A server that says back what it hears, and remembers it. */
async function echo(): Promise<{ port: number; heard: () => string }> {
  let heard = '';
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard += data.toString();
      socket.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { port: (server.address() as net.AddressInfo).port, heard: () => heard };
}

interface Caller {
  socket: net.Socket;
  said(): string;
  ended(): boolean;
}

async function call(proxy: NetworkProxy): Promise<Caller> {
  const socket = net.connect(proxy.port, proxy.host);
  let said = '';
  let ended = false;
  socket.on('data', (data) => (said += data.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (ended = true));
  await once(socket, 'connect');
  closing.push(() => socket.destroy());
  return { socket, said: () => said, ended: () => ended };
}

async function world(): Promise<{ proxy: NetworkProxy; heard: () => string; caller: Caller }> {
  const { port, heard } = await echo();
  const proxy = await startNetworkProxy({ target: { host: '127.0.0.1', port } });
  closing.push(() => proxy.close());
  const caller = await call(proxy);
  caller.socket.write('one ');
  await expect.poll(caller.said).toBe('one ');
  return { proxy, heard, caller };
}

describe('a way to a server', () => {
  it('cut one way lets the question through and keeps the answer, which comes late', async () => {
    const { proxy, heard, caller } = await world();
    proxy.flow({ toClient: 'hold' });
    caller.socket.write('two ');
    await expect.poll(heard).toBe('one two ');
    expect(caller.said()).toBe('one ');
    proxy.heal();
    await expect.poll(caller.said).toBe('one two ');
  });

  it('cut the other way keeps the question, which lands late although nobody waits any more', async () => {
    const { proxy, heard, caller } = await world();
    proxy.flow({ toServer: 'hold' });
    caller.socket.write('two ');
    caller.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard()).toBe('one ');
    proxy.heal();
    await expect.poll(heard).toBe('one two ');
  });

  it('that is slow keeps the order', async () => {
    const { proxy, caller } = await world();
    proxy.flow({ toServer: { delayMs: 30 }, toClient: { delayMs: 30 } });
    for (const word of ['two ', 'three ', 'four ']) {
      caller.socket.write(word);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(caller.said).toBe('one two three four ');
  });

  it('that is down ends what there is and takes nothing', async () => {
    const { proxy, caller } = await world();
    proxy.refuse(true);
    proxy.cut();
    await expect.poll(caller.ended).toBe(true);
    const refused = await call(proxy).catch(() => undefined);
    await expect.poll(() => refused?.ended() ?? true).toBe(true);
    proxy.heal();
    const again = await call(proxy);
    again.socket.write('back ');
    await expect.poll(again.said).toBe('back ');
  });
});
