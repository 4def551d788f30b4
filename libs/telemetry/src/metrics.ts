import { metrics } from '@opentelemetry/api';
import type { Counter, Gauge, Histogram } from '@opentelemetry/api';

const SCOPE = 'auditorium';

/** A number that only grows, such as `auditorium.delivery.segments`. Costs nothing while no exporter is set. */
export function counter(name: string, description = '', unit = '1'): Counter {
  return metrics.getMeter(SCOPE).createCounter(name, { description, unit });
}

/** A number that goes up and down, such as a lag. */
export function gauge(name: string, description = '', unit = '1'): Gauge {
  return metrics.getMeter(SCOPE).createGauge(name, { description, unit });
}

/** A distribution, such as the time a request took. */
export function histogram(name: string, description = '', unit = 'ms'): Histogram {
  return metrics.getMeter(SCOPE).createHistogram(name, { description, unit });
}
