import 'reflect-metadata';
import { bootstrap, runMain } from '@auditorium/http';
import { loadSettings } from '@auditorium/settings';
import { createLogger } from '@auditorium/telemetry';
import { AppModule } from './app.module.ts';
import { openDelivery } from './open-delivery.ts';
import { deliverySettings } from './settings.ts';
import { openDestinations, startCourier } from './start-courier.ts';
import { createSealer } from './start-sealer.ts';

await runMain('delivery', async () => {
  const settings = loadSettings(deliverySettings);
  const log = createLogger({ service: 'delivery', level: settings.AUDITORIUM_LOG_LEVEL });
  const delivery = await openDelivery(settings, log);
  const roles = settings.AUDITORIUM_DELIVERY_ROLES;
  const sealer = roles.includes('sealer') ? createSealer(delivery) : undefined;
  const courier = roles.includes('courier') ? startCourier(delivery) : undefined;
  const destinations = openDestinations(delivery);
  const { app } = await bootstrap({
    module: AppModule.over(delivery, destinations.api),
    settings,
    log,
    service: 'delivery',
    readiness: () => ({
      postgresql: () => delivery.pool.query('SELECT 1'),
      directory: () => delivery.directory.caughtUp,
      ...(sealer && { sealer: async () => sealer.ready() }),
      ...(courier && { courier: async () => courier.ready() }),
    }),
    drain: async () => void (await Promise.all([sealer?.close(), courier?.close(), destinations.close()])),
  });
  if (sealer) {
    app.connectMicroservice({ strategy: sealer.transport });
    await app.startAllMicroservices();
  }
});
