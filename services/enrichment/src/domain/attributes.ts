import type { ActorMetadata, OrgMetadata } from './directory.ts';

let lastTime = Number.NaN;
let lastText = '';

/**
 * The attributes that enrichment adds to an accepted event, as JSON members without braces.
 *
 * @param appendTime when raw took it, milliseconds since 1970
 * @param org what the directory knows of the org, already as members; likewise `actor`
 */
export function attributesOf(appendTime: number, org?: OrgMetadata, actor?: ActorMetadata): Buffer {
  // Records of one batch share their append time.
  if (appendTime !== lastTime) {
    lastTime = appendTime;
    lastText = `"acceptedtime":"${new Date(appendTime).toISOString()}"`;
  }
  return Buffer.from(`${lastText}${org ?? ''}${actor ?? ''}`, 'utf8');
}
