import './styles.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Toast } from '@base-ui/react/toast';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createApi, isProblem } from './api/client.ts';
import { ErrorNotice } from './components/notice.tsx';
import { createConsoleRouter } from './router.tsx';
import { SessionContext } from './session/session-context.tsx';
import { Session, type ConsoleConfig } from './session/session.ts';
import { applyTheme } from './shell/preferences.ts';
import { Toasts } from './components/toasts.tsx';

const RETRIES = 2;

async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/config.json');
  if (!response.ok)
    throw new Error(`The console's own settings could not be read (HTTP ${response.status}).`);
  return (await response.json()) as ConsoleConfig;
}

/** A refusal stays a refusal however often it is asked; only silence and 5xx are worth asking again. */
function worthRetrying(failures: number, error: unknown): boolean {
  return failures < RETRIES && !(isProblem(error) && error.status >= 400 && error.status < 500);
}

async function start(): Promise<void> {
  applyTheme();
  const root = createRoot(document.getElementById('root') as HTMLElement);
  let config: ConsoleConfig;
  try {
    config = await loadConfig();
  } catch (error) {
    root.render(<ErrorNotice error={error} retry={() => location.reload()} />);
    return;
  }
  const session = new Session(config, location.origin);
  const api = createApi(session);
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: worthRetrying, refetchOnWindowFocus: false } },
  });
  const router = createConsoleRouter({ session, api, queries });
  root.render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <SessionContext value={{ session, api }}>
          <QueryClientProvider client={queries}>
            <Tooltip.Provider delay={350}>
              <Toast.Provider timeout={5000}>
                <RouterProvider router={router} />
                <Toasts />
              </Toast.Provider>
            </Tooltip.Provider>
          </QueryClientProvider>
        </SessionContext>
      </CSPProvider>
    </StrictMode>,
  );
}

void start();
