/**
 * A pause less a random part of up to half of it, so that many who failed at the same moment do not all come back at the same
 * moment.
 *
 * @param ms the longest it may be
 * @param random in [0, 1)
 */
export function jittered(ms: number, random: number): number {
  return Math.round(ms * (0.5 + random / 2));
}
