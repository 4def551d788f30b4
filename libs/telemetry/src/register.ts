/**
 * `node --import @auditorium/telemetry/register …`: starts OpenTelemetry before anything else is loaded, and only when
 * OTEL_EXPORTER_OTLP_ENDPOINT is set. The loader hook is what lets ES modules be instrumented at all: without it kafkajs
 * and pg stay unpatched and nothing says so.
 */
import { register } from 'node:module';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
if (endpoint !== undefined && endpoint !== '') {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const { startTelemetry } = await import('./start-telemetry.ts');
  startTelemetry();
}
