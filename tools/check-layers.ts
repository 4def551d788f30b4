/**
 * Holds every package to the dependency rule (ARCHITECTURE.md): its `layer:` tag decides which other packages it may
 * declare, and every import of a package must be declared. Prints each breach with the file; exit code 1 if any.
 *
 * Why a script and not a lint rule: the rule is about package.json and imports together, and must also see what is
 * declared but never imported.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';

type Layer = 'contract' | 'domain' | 'adapter' | 'sdk' | 'tool' | 'service' | 'testing';

const ALLOWED: Record<Layer, ReadonlySet<Layer>> = {
  contract: new Set(['contract']),
  domain: new Set(['contract', 'domain']),
  adapter: new Set(['contract', 'domain', 'adapter']),
  sdk: new Set(['contract', 'domain', 'adapter']),
  tool: new Set(['contract', 'domain', 'adapter', 'sdk']),
  service: new Set(['contract', 'domain', 'adapter', 'sdk']),
  testing: new Set(['contract', 'domain', 'adapter', 'sdk', 'tool', 'service', 'testing']),
};

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  nx?: { tags?: string[] };
}

interface Package {
  dir: string;
  manifest: Manifest;
  layer: Layer;
}

const root = new URL('..', import.meta.url).pathname;
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\s*\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;

const packages = listPackages();
const byName = new Map(packages.map((p) => [p.manifest.name, p]));
const breaches = packages.flatMap((p) => [...declaredBreaches(p), ...importBreaches(p)]);

for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exit(1);
console.log(`layers: ${packages.length} packages keep the dependency rule`);

function listPackages(): Package[] {
  const dirs = ['libs', 'services', 'examples', 'deploy'].flatMap((parent) =>
    subfolders(join(root, parent)).filter((dir) => exists(join(dir, 'package.json'))),
  );
  if (exists(join(root, 'e2e/package.json'))) dirs.push(join(root, 'e2e'));
  if (exists(join(root, 'e2e/simulation/package.json'))) dirs.push(join(root, 'e2e/simulation'));
  if (exists(join(root, 'bench/package.json'))) dirs.push(join(root, 'bench'));
  return dirs.map(readPackage);
}

function readPackage(dir: string): Package {
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest;
  const tag = manifest.nx?.tags?.find((t) => t.startsWith('layer:'))?.slice('layer:'.length);
  if (tag === undefined || !(tag in ALLOWED)) {
    throw new Error(
      `${relative(root, dir)}/package.json: needs one tag layer:${Object.keys(ALLOWED).join('|')} under nx.tags`,
    );
  }
  return { dir, manifest, layer: tag as Layer };
}

/** Declared run-time dependencies on our own packages must obey the rule; tests may use the testing layer as well. */
function declaredBreaches(p: Package): string[] {
  return Object.keys(p.manifest.dependencies ?? {}).flatMap((name) => {
    const other = byName.get(name);
    if (other === undefined || ALLOWED[p.layer].has(other.layer)) return [];
    return [`${relative(root, p.dir)}/package.json: a ${p.layer} may not depend on ${name} (${other.layer})`];
  });
}

function importBreaches(p: Package): string[] {
  return sourceFiles(join(p.dir, 'src')).flatMap((file) => {
    const imported = importsOf(readFileSync(file, 'utf8'));
    return imported.flatMap((specifier) => checkImport(p, file, specifier));
  });
}

function checkImport(p: Package, file: string, specifier: string): string[] {
  if (specifier.startsWith('.')) {
    return leavesPackage(p, file, specifier)
      ? [`${relative(root, file)}: '${specifier}' reaches into another package; import it by its name`]
      : [];
  }
  const name = packageName(specifier);
  if (name.startsWith('node:') || builtinModules.includes(name) || name === p.manifest.name) return [];
  const other = byName.get(name);
  if (other !== undefined && !ALLOWED[p.layer].has(other.layer)) {
    return [`${relative(root, file)}: a ${p.layer} may not import ${name} (${other.layer})`];
  }
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = p.manifest;
  const declared = { ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies };
  return name in declared ? [] : [`${relative(root, file)}: ${name} is not declared in its package.json`];
}

function leavesPackage(p: Package, file: string, specifier: string): boolean {
  const target = join(file, '..', specifier);
  return relative(p.dir, target).startsWith('..');
}

function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? m[3] ?? '').filter((s) => s !== '');
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function sourceFiles(dir: string): string[] {
  if (!exists(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.tsx?$/.test(f))
    .map((f) => join(dir, f));
}

function subfolders(dir: string): string[] {
  if (!exists(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((d) => d.isDirectory())
    .map((d) => join(dir, d.name));
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
