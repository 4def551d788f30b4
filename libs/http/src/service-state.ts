import type { OpenAPIObject } from '@nestjs/swagger';
import type { ReadinessCheck } from './readiness.ts';

/** What the health routes tell; filled in while the service starts. */
export class ServiceState {
  /** Set at SIGTERM: readiness turns false at once, so that no new request is sent here. */
  stopping = false;
  checks: Record<string, ReadinessCheck> = {};
  describe: () => OpenAPIObject | undefined = () => undefined;
}
