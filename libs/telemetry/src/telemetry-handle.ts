const HANDLE = Symbol.for('auditorium.telemetry');

interface Flushable {
  shutdown(): Promise<void>;
}

/** Keeps the running SDK where `flushTelemetry` finds it, across copies of this module. */
export function keepTelemetry(sdk: Flushable): void {
  Reflect.set(globalThis, HANDLE, sdk);
}

/** Sends what the exporter still holds; the last thing before the process ends. Does nothing where none was started. */
export async function flushTelemetry(): Promise<void> {
  const sdk = Reflect.get(globalThis, HANDLE) as Flushable | undefined;
  await sdk?.shutdown();
}
