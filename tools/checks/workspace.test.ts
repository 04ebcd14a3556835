import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorkspace } from '../lint/workspace.mjs';
import { root } from './root.js';

const packages = readWorkspace(root);
const read = (file: string): Record<string, unknown> => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
const references = (file: string): readonly string[] => ((read(file)['references'] ?? []) as readonly { readonly path: string }[])
  .map(({ path }) => posix.normalize(posix.join(posix.dirname(file), path)));

describe('the workspace', () => {
  it('compiles every package from the root', () => {
    expect([...references('tsconfig.json')].sort()).toEqual(packages.map(({ folder }) => folder).sort());
  });

  it.each(packages.map((entry) => [entry.folder, entry] as const))('%s is compiled after what it imports', (folder, { dependencies }) => {
    // Apps that start other apps depend on them without importing them: nothing to compile first.
    const imported = packages.filter(({ name, layer }) => dependencies.includes(name) && layer !== 'app').map((entry) => entry.folder);
    expect([...references(`${folder}/tsconfig.json`)].filter((path) => !path.startsWith('apps/')).sort()).toEqual(imported.sort());
  });

  it('pins what it installs to exact versions', () => {
    const loose = ['', ...packages.map(({ folder }) => `${folder}/`)].flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = read(`${folder}package.json`) as Record<string, Record<string, string>>;
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([name, version]) => (name.startsWith('@neuron-atlas/') ? version !== '*' : !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)))
        .map(([name, version]) => `${folder}package.json: ${name} ${version}`);
    });
    expect(loose).toEqual([]);
  });

  it('is a graph without cycles to nx, offline, with a build of each lib and app', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nx-graph-'));
    try {
      const file = join(folder, 'graph.json');
      execFileSync(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), 'graph', `--file=${file}`], { cwd: root, env: { ...process.env, NX_DAEMON: 'false' }, stdio: 'pipe' });
      const { graph } = JSON.parse(await readFile(file, 'utf8')) as { readonly graph: {
        readonly nodes: Readonly<Record<string, { readonly data: { readonly targets: Readonly<Record<string, unknown>> } }>>;
        readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
      } };
      for (const { name, folder: place } of packages.filter((entry) => /^(libs|apps)\//.test(entry.folder))) {
        expect(Object.keys(graph.nodes[name]?.data.targets ?? {}), place).toEqual(expect.arrayContaining(['build', 'test']));
      }
      const open = new Set<string>(), closed = new Set<string>();
      const visit = (name: string): void => {
        if (closed.has(name)) return;
        expect([...open], `a circle through ${name}`).not.toContain(name);
        open.add(name);
        for (const { target } of graph.dependencies[name] ?? []) visit(target);
        open.delete(name);
        closed.add(name);
      };
      for (const name of Object.keys(graph.nodes)) visit(name);
      expect(closed.size).toBeGreaterThanOrEqual(packages.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
