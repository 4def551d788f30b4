import { type ClassNameValue, twMerge } from 'tailwind-merge';

/** Joins class names; of two Tailwind classes for one property the later wins, so a caller can override a component's own. */
export function cn(...classes: ClassNameValue[]): string {
  return twMerge(...classes);
}
