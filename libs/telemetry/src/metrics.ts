import { metrics } from '@opentelemetry/api';
import type { Counter, Gauge } from '@opentelemetry/api';

const SCOPE = 'auditorium';

/** A number that only grows, such as `auditorium.delivery.segments`. Costs nothing while no exporter is set. */
export function counter(name: string, description = '', unit = '1'): Counter {
  return metrics.getMeter(SCOPE).createCounter(name, { description, unit });
}

/** A number that goes up and down, such as a lag. */
export function gauge(name: string, description = '', unit = '1'): Gauge {
  return metrics.getMeter(SCOPE).createGauge(name, { description, unit });
}
