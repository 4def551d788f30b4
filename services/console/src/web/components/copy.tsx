import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, type ButtonProps } from './button.tsx';

const SHOWN_MS = 1600;

export function useCopied(): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return [
    copied,
    (text) =>
      void navigator.clipboard?.writeText(text).then(
        () => setCopied(true),
        () => undefined,
      ),
  ];
}

/** Copies `text`; says so for a moment, also to a screen reader. */
export function CopyButton({
  text,
  label,
  children,
  ...rest
}: { text: string; label: string } & ButtonProps) {
  const [copied, copy] = useCopied();
  return (
    <Button
      look="ghost"
      size="iconXs"
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={() => copy(text)}
      {...rest}
    >
      {copied ? <Check className="text-ok" /> : <Copy />}
      {children}
    </Button>
  );
}
