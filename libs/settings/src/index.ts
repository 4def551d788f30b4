export { loadSettings } from './load-settings.ts';
export { describeSettings } from './describe-settings.ts';
export { flag, integer, list, secret } from './value-types.ts';
export {
  httpSettings,
  kafkaSettings,
  oidcSettings,
  postgresSettings,
  s3Settings,
  serviceClientSettings,
} from './shared-settings.ts';
