import { isAuditoriumError } from '@auditorium/events';
import { loadSettings } from '@auditorium/settings';
import { createLogger } from '@auditorium/telemetry';
import { demoSettings } from './settings.ts';
import { startDemoProduct } from './start-demo-product.ts';

const die = (err: unknown): void => {
  const log = createLogger({ service: 'demo-product' });
  if (isAuditoriumError(err, 'settings-invalid')) log.fatal(err.message);
  else log.fatal({ err }, 'the demo product ends');
  process.exit(1);
};
process.on('uncaughtException', die);
process.on('unhandledRejection', die);

try {
  const product = await startDemoProduct(loadSettings(demoSettings));
  const stop = (): void => void product.stop().then(() => process.exit(0), die);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  die(error);
}
