import { isAuditoriumError } from '@auditorium/events';
import { createLogger, flushTelemetry } from '@auditorium/telemetry';

/**
 * The last line of a service's `main.ts`. A start that fails, and an error nobody caught later, is one fatal line in
 * the log and exit code 1; settings that cannot be used are said without a stack.
 */
export async function runMain(service: string, start: () => Promise<unknown>): Promise<void> {
  const die = async (err: unknown): Promise<void> => {
    const log = createLogger({ service });
    if (isAuditoriumError(err, 'settings-invalid'))
      log.fatal({ problems: err.facts['problems'] }, err.message);
    else log.fatal({ err }, 'the service ends');
    await flushTelemetry().catch(() => undefined);
    process.exit(1);
  };
  process.on('uncaughtException', (err) => void die(err));
  process.on('unhandledRejection', (err) => void die(err));
  await start().catch(die);
}
