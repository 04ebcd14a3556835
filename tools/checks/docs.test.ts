import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './root.js';

const pages = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\0').filter((page) => page !== '' && existsSync(join(root, page)));

/** Links and pictures of a page, outside of code. */
function links(page: string): readonly string[] {
  const prose = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, target]) => target!);
}

/** The anchors that a page's headings get. */
function anchors(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)]
    .map(([, title]) => title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

describe('the documents', () => {
  it('are there', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/errors.md', 'docs/glossary.md', 'docs/style.md']));
  });

  it.each(pages)('%s links to files and headings that exist', (page) => {
    const broken = links(page).filter((link) => !/^(https?|mailto):/.test(link)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(root, page) : resolve(root, dirname(page), decodeURI(path));
      if (relative(root, target).startsWith('..') || !existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('list every decision', () => {
    const listed = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
    const decisions = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
    expect(decisions.length).toBeGreaterThan(5);
    for (const decision of decisions) expect(listed).toContain(`(${decision.slice('docs/decisions/'.length)})`);
  });

  it('name only scripts of package.json that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = pages.flatMap((page) => [...readFileSync(join(root, page), 'utf8').matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name]) => ({ page, name: name! })));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('name only commands of neuron-atlas that exist', () => {
    const commands = readdirSync(join(root, 'apps/cli/src/commands')).flatMap((file) => [file.replace(/\.ts$/, ''), ...[...readFileSync(join(root, 'apps/cli/src/commands', file), 'utf8').matchAll(/^ {2}name: '([a-z-]+)'/gm)].map(([, name]) => name!)]);
    const named = pages.flatMap((page) => {
      const code = readFileSync(join(root, page), 'utf8').match(/^```.*?^```|`[^`\n]+`/gms) ?? [];
      // `kubectl -n neuron-atlas get`: that is the namespace.
      return code.flatMap((piece) => [...piece.matchAll(/(?<!-n )\bneuron-atlas ([a-z][a-z-]*)/g)].map(([, name]) => ({ page, name: name! })));
    });
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ name }) => !commands.includes(name))).toEqual([]);
  });
});
