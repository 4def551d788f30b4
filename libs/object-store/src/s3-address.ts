export interface BucketAddress {
  readonly bucket: string;
  readonly region: string;
  /** Only for stores other than AWS, such as `http://127.0.0.1:4566`. */
  readonly endpoint?: string | undefined;
  readonly pathStyle?: boolean | undefined;
}

/** Where a bucket answers: the origin, and what stands in the path before the key. */
export function addressOf({ bucket, region, endpoint, pathStyle }: BucketAddress): {
  origin: string;
  base: string;
} {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(endpoint ?? `https://s3.${region}.${suffix}`);
  // A dotted bucket name does not match the wildcard of the provider's certificate.
  if (pathStyle === true || bucket.includes('.')) return { origin: url.origin, base: `/${bucket}` };
  return { origin: `${url.protocol}//${bucket}.${url.host}`, base: '' };
}

/** The key as it stands in the path: each byte encoded but RFC 3986's unreserved ones and `/`. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodePart).join('/');
}

export function encodePart(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
