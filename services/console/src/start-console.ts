import { bootstrap, type RunningService } from '@auditorium/http';
import { AppModule } from './app.module.ts';
import type { Site } from './http/site.ts';
import type { ConsoleSettings } from './settings.ts';
import { SITE } from './tokens.ts';

/**
 * Starts the console's server over a built web part. It is ready when there is a page to hand out, and stays so while a
 * service behind it is away: the page itself says what is away.
 */
export async function startConsole(settings: ConsoleSettings, webFolder: string): Promise<RunningService> {
  return bootstrap({
    module: AppModule.with(settings, webFolder),
    settings,
    service: 'console',
    auth: 'none',
    readiness: (app) => ({
      page: async () => {
        if (!app.get<Site>(SITE).complete) throw new Error('the web part is not built');
      },
    }),
  });
}
