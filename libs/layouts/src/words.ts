/** Splits `api-key.revoked`, `DescribeInstances` and `add_to_folder` into their words, in lower case. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** `api-key.revoked` → `ApiKeyRevoked` */
export function pascalCase(name: string): string {
  return wordsOf(name)
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}

/** `api-key.revoked` → `api_key_revoked` */
export const snakeCase = (name: string): string => wordsOf(name).join('_');
