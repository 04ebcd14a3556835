import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { plainRules } from '../plain-rules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const groups = plainRules().groups;
const alerts = groups.flatMap(({ rules }) => rules).filter((rule) => rule.alert !== undefined);
const boards = readdirSync(join(root, 'deploy/grafana/dashboards')).filter((name) => name.endsWith('.json')).sort();

interface Board { readonly uid: string; readonly panels: readonly { readonly type: string; readonly title: string; readonly description?: string; readonly targets?: readonly { readonly expr: string }[] }[] }
const board = (name: string): Board => JSON.parse(read(`deploy/grafana/dashboards/${name}`)) as Board;

/** A query with Grafana's variables filled in. */
const filled = (expr: string): string => expr.replace(/\$\w+/g, '.+');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
  writeFileSync(join(folder, 'rules.plain.yaml'), stringify(plainRules()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const promtool = (...args: string[]): string => execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });

describe('the rules', () => {
  it('are ones that Prometheus takes', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', 'rules.plain.yaml')).toContain('SUCCESS');
  });

  it('do what they say, each alert shown once firing and once silent', () => {
    const text = read('deploy/prometheus/rules.test.yaml');
    writeFileSync(join(folder, 'rules.test.yaml'), text);
    expect(promtool('test', 'rules', 'rules.test.yaml')).toContain('SUCCESS');
    const cases = (parse(text) as { tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[] }).tests.flatMap((test) => test.alert_rule_test ?? []);
    for (const { alert } of alerts) {
      const of = cases.filter(({ alertname }) => alertname === alert);
      expect(of.some((test) => test.exp_alerts.length > 0), `${alert} is never seen firing`).toBe(true);
      expect(of.some((test) => test.exp_alerts.length === 0), `${alert} is never seen silent`).toBe(true);
    }
  });

  it('leave the reader with a runbook and a dashboard that are there', () => {
    const anchors = [...read('docs/operations.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));
    const uids = boards.map((name) => board(name).uid);
    for (const { alert, labels, annotations } of alerts) {
      expect(annotations?.['runbook_url'], alert).toMatch(/^docs\/operations\.md#/);
      expect(anchors, alert).toContain(annotations!['runbook_url']!.split('#')[1]);
      expect(uids, alert).toContain(annotations!['dashboard_uid']);
      expect(['critical', 'warning', 'info'], alert).toContain(labels?.['severity']);
    }
  });
});

describe.each(boards)('the dashboard %s', (name) => {
  const panels = board(name).panels.filter(({ type }) => type !== 'row');

  it('says with each panel what one reads from it', () => {
    expect(panels.length).toBeGreaterThan(4);
    for (const { title, description } of panels) expect(description ?? '', title).toMatch(/\w.*\.$/);
  });

  it('asks in queries that Prometheus can read', () => {
    const rules = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }, index) => ({ record: `check:${index}`, expr: filled(expr) }));
    writeFileSync(join(folder, 'board.yaml'), stringify({ groups: [{ name: 'check', rules }] }));
    expect(promtool('check', 'rules', 'board.yaml')).toContain(`${rules.length} rules found`);
  });

  it('takes gauges of the queue once, however many coordinators say them', () => {
    const gauges = /neuronatlas_(sweeps|shards|agents|backlog_gpu_seconds|sweep_units|sweep_units_done)(?![a-z_])/;
    for (const { title, targets } of panels) for (const { expr } of targets ?? []) {
      if (gauges.test(expr)) expect(expr, title).toMatch(/max (by \([\w, ]+\) )?\(/);
    }
  });
});
