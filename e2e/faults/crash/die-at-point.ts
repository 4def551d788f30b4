/**
 * Loaded before a service (`node --import`), by the crash harness alone: asks the harness at which crash point this
 * process shall die, and dies there as a power cut would have it, after one line in the file of hits.
 *
 * Nothing but Node's own modules: a service under test shares no code with what kills it.
 */
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';

/** What the harness wants: die when `point` is passed for the `passes`-th time. Without an order: live. */
interface Order {
  readonly id: string;
  readonly point: string;
  passes: number;
}

const { FAULTS_PORT, FAULTS_INSTANCE, FAULTS_HITS } = process.env as Record<string, string>;
let orders: Order[] = [];

await new Promise<void>((resolve) => {
  const socket = connect(Number(FAULTS_PORT), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    const lines = `${text}${more}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) orders = (JSON.parse(line) as { orders: Order[] }).orders;
    // A point in the first moments of the process must be known before the service runs.
    if (lines.length === 0) return;
    // From now on it keeps no process alive that has nothing else to do.
    socket.unref();
    resolve();
  });
  // Without a harness nobody wants anything.
  socket.on('error', () => resolve()).on('close', () => resolve());
  socket.write(`${JSON.stringify({ instance: FAULTS_INSTANCE, pid: process.pid })}\n`);
});

Reflect.set(globalThis, Symbol.for('auditorium.crash-points'), (point: string): void => {
  const order = orders.find((each) => each.point === point);
  if (order === undefined) return;
  order.passes -= 1;
  if (order.passes > 0) return;
  appendFileSync(
    FAULTS_HITS ?? '',
    `${JSON.stringify({ id: order.id, point, instance: FAULTS_INSTANCE, pid: process.pid })}\n`,
  );
  // The signal is delivered before this call returns.
  process.kill(process.pid, 'SIGKILL');
});
