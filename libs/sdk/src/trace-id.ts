import { createRequire } from 'node:module';

interface OpenTelemetry {
  readonly trace: { getActiveSpan(): { spanContext(): { traceId: string } } | undefined };
}

let api: OpenTelemetry | null | undefined;

/**
 * The trace that the caller is part of: of the active OpenTelemetry span when `@opentelemetry/api` is installed,
 * otherwise of the W3C `traceparent` header. Undefined when there is none.
 */
export function currentTraceId(traceparent?: string): string | undefined {
  const active = openTelemetry()?.trace.getActiveSpan()?.spanContext().traceId;
  return known(active) ?? known(/^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1]);
}

/** 32 zeros are OpenTelemetry's way to say that there is no trace. */
function known(traceId: string | undefined): string | undefined {
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId;
}

/** Optional, and loaded with `require`: a top-level `await import` would make the SDK unusable from CommonJS. */
function openTelemetry(): OpenTelemetry | null {
  if (api === undefined) {
    try {
      api = createRequire(import.meta.url)('@opentelemetry/api') as OpenTelemetry;
    } catch {
      api = null;
    }
  }
  return api;
}
