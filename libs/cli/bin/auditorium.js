#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 15)) {
  fail(
    `auditorium needs Node 22.15 or later, and this is ${process.version}: \`npx auditorium\` in the repository brings its own.`,
  );
} else if (!existsSync(main)) {
  fail('auditorium is not built yet: run `npm run build` first (`npm start` does it too).');
} else {
  const { run } = await import(main.href);
  await run(process.argv);
}

function fail(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
