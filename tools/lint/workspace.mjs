// The packages of the workspace as the lint rules and checks need them: name, folder, layer, what they may import.
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} WorkspacePackage
 * @property {string} name
 * @property {string} folder relative to the root, `/`-separated
 * @property {string} layer a number for a lib; `tests`, `app` or `example`
 * @property {boolean} browserSafe whether its main entry runs in a browser
 * @property {readonly string[]} dependencies declared in its own package.json
 * @property {Readonly<Record<string, string>>} sources entry (`.`, `./node`) to source file, relative to the folder
 */

/**
 * Reads every package.json that the root's `workspaces` name. A package without exactly one `layer:` tag is an error.
 *
 * @param {string} root
 * @returns {readonly WorkspacePackage[]}
 */
export function readWorkspace(root) {
  /** @type {{ workspaces: string[] }} */
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folders = workspaces.flatMap((pattern) => pattern.endsWith('/*')
    ? readdirSync(join(root, pattern.slice(0, -2))).sort().map((name) => `${pattern.slice(0, -2)}/${name}`)
    : [pattern]);
  return folders.filter((folder) => existsSync(join(root, folder, 'package.json'))).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    /** @type {string[]} */
    const tags = manifest.nx?.tags ?? [];
    const layers = tags.filter((tag) => tag.startsWith('layer:'));
    if (layers.length !== 1) throw new Error(`${folder}/package.json: nx.tags needs exactly one layer tag, found ${JSON.stringify(layers)}`);
    return {
      name: manifest.name,
      folder,
      layer: (layers[0] ?? '').slice('layer:'.length),
      browserSafe: tags.includes('platform:browser'),
      dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
      sources: sourcesOf(manifest.exports ?? {}),
    };
  });
}

/**
 * @param {Record<string, Record<string, string>>} entries the `exports` of a package.json
 * @returns {Record<string, string>}
 */
function sourcesOf(entries) {
  /** @type {Record<string, string>} */
  const sources = {};
  for (const [entry, conditions] of Object.entries(entries)) {
    const source = conditions['@neuron-atlas/source'];
    if (source !== undefined) sources[entry] = source;
  }
  return sources;
}

/**
 * Why this file may not import that package, or undefined where it may.
 *
 * A numbered layer uses lower ones; apps, examples and benchmarks use any numbered one; tests use the testkit too; nobody
 * uses an app or an example.
 *
 * @param {WorkspacePackage | undefined} from undefined for a file of the workspace itself (tools)
 * @param {WorkspacePackage} to
 * @param {boolean} isTest
 * @returns {string | undefined}
 */
export function refusal(from, to, isTest) {
  if (from !== undefined && from.name === to.name) return `${to.name} is this package: import the file by its relative path`;
  if (to.layer === 'app' || to.layer === 'example') return `nothing imports ${to.folder}: start it as a process, or move the shared part into a lib`;
  if (isTest) return undefined;
  if (to.layer === 'tests') return `${to.name} is for tests only`;
  if (from === undefined || Number.isNaN(Number(from.layer))) return undefined;
  if (Number(to.layer) < Number(from.layer)) return undefined;
  return `${from.folder} is layer ${from.layer} and uses lower layers only; ${to.folder} is layer ${to.layer}: move the shared part down`;
}
