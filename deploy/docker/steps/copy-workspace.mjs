// Copies an app and the packages that it needs, compiled, with the manifests and the lock file: enough for `npm ci --omit=dev`.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readWorkspace } from '../../../tools/lint/workspace.mjs';

const [app, out] = process.argv.slice(2);
if (app === undefined || out === undefined) throw new Error('usage: copy-workspace.mjs APP OUT');

const packages = readWorkspace('.');
const byName = new Map(packages.map((entry) => [entry.name, entry]));
const root = packages.find(({ folder }) => folder === `apps/${app}`);
if (root === undefined) throw new Error(`there is no apps/${app}`);

/** The package and all of ours that it uses, directly or not. */
const needed = new Set();
const take = (entry) => {
  if (needed.has(entry)) return;
  needed.add(entry);
  for (const name of entry.dependencies) if (byName.has(name)) take(byName.get(name));
};
take(root);

for (const { folder } of needed) {
  mkdirSync(join(out, folder), { recursive: true });
  // npm's bill of materials would call what only tests need missing.
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  delete manifest.devDependencies;
  writeFileSync(join(out, folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const part of ['dist', 'bin']) {
    if (!existsSync(join(folder, part))) continue;
    // Neither maps nor declarations nor the compiler's own records run.
    cpSync(join(folder, part), join(out, folder, part), { recursive: true, filter: (from) => !/\.(map|d\.ts|tsbuildinfo)$/.test(from) });
  }
}

// npm holds the lock file against the manifests: those of packages that are not here have to be out of both.
const folders = new Set([...needed].map(({ folder }) => folder));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
manifest.workspaces = [...folders];
manifest.version = JSON.parse(readFileSync(join(root.folder, 'package.json'), 'utf8')).version; // npm's bill of materials asks for one
delete manifest.devDependencies;
delete manifest.scripts;
const top = lock.packages[''];
top.version = manifest.version;
top.workspaces = manifest.workspaces;
delete top.devDependencies;
for (const [path, entry] of Object.entries(lock.packages)) {
  const workspace = packages.find(({ folder }) => path === folder || path.startsWith(`${folder}/`) || (entry.link === true && entry.resolved === folder));
  if (workspace !== undefined && !folders.has(workspace.folder)) delete lock.packages[path];
  else if (folders.has(path)) delete entry.devDependencies;
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
writeFileSync(join(out, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`);
cpSync('.npmrc', join(out, '.npmrc'));
