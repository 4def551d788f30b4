import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { keepTelemetry } from './telemetry-handle.ts';

/** Starts traces, metrics and logs towards OTEL_EXPORTER_OTLP_ENDPOINT; all other choices are OpenTelemetry's own OTEL_* names. */
export function startTelemetry(): void {
  const sdk = new NodeSDK({
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url }) => url === '/livez' || url === '/readyz',
      }),
      new PgInstrumentation({ enhancedDatabaseReporting: false, requireParentSpan: true }),
      new KafkaJsInstrumentation(),
      new AwsInstrumentation(),
    ],
  });
  sdk.start();
  keepTelemetry(sdk);
}
