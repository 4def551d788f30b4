import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../src/web/styles.css', import.meta.url), 'utf8');

/** The colours of a theme by their meaning. */
function coloursOf(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`));
  const body = block.slice(0, block.indexOf('}'));
  return Object.fromEntries(
    [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

/** WCAG 2: relative luminance of an sRGB colour. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const SURFACES = ['page', 'sunken', 'raised', 'hover', 'selected'];
const PAIRS = [
  ...['ink', 'soft', 'faint'].flatMap((text) => SURFACES.map((surface) => [text, surface])),
  ...['ok', 'warn', 'bad', 'accent'].flatMap((tone) => [
    [tone, `${tone}-soft`],
    [tone, 'page'],
  ]),
  ['on-solid', 'solid'],
  ['on-accent', 'accent'],
];

describe.each([
  ['light', ':root'],
  ['dark', "[data-theme='dark']"],
])('the %s theme', (_, selector) => {
  it('has enough contrast for text everywhere (WCAG AA, 4.5:1)', () => {
    const colours = coloursOf(selector);
    const weak = PAIRS.map(
      ([text, surface]) => [text, surface, contrast(colours[text!]!, colours[surface!]!)] as const,
    )
      .filter(([, , ratio]) => ratio < 4.5)
      .map(([text, surface, ratio]) => `${text} on ${surface}: ${ratio.toFixed(2)}`);
    expect(weak).toEqual([]);
  });
});
