/**
 * What a browser is told to refuse. Scripts and styles come from this origin alone and never from inside a page, so an
 * event whose text is markup stays text; only this origin and the identity provider can be asked for anything.
 */
export function securityHeaders(
  issuer: string,
  furtherOrigins: readonly string[] = [],
): Record<string, string> {
  const origins = new Set([issuer, ...furtherOrigins].map((url) => new URL(url).origin));
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
