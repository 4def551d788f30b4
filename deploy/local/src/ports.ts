import { createServer } from 'node:net';
import { setupError } from './setup-error.ts';

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** A port that nobody listens on now. Somebody else may still take it before its user does. */
export const freePort = (): Promise<number> => listen(0);

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) found.add(await freePort());
  return [...found];
}

/** Whether something listens on the port. */
export const isTaken = (port: number): Promise<boolean> =>
  listen(port).then(
    () => false,
    () => true,
  );

/** @throws AuditoriumError `setup-failed` when something listens on the port, naming who wanted it. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  try {
    await listen(port);
  } catch (cause) {
    throw setupError(
      `Port ${port}, which ${what} needs, is taken: stop what listens there (\`lsof -i :${port}\` names it) or give another port.`,
      cause,
    );
  }
}
