import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { fill, readBoards } from '../draw/boards.js';
import { formatValue } from '../draw/format-value.js';
import { plainRules } from '../plain-rules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const groups = plainRules().groups;
const alerts = groups.flatMap(({ rules }) => rules).filter((rule) => rule.alert !== undefined);
const boards = readBoards();

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
    const uids = [...boards.values()].map(({ uid }) => uid);
    for (const { alert, labels, annotations } of alerts) {
      expect(annotations?.['runbook_url'], alert).toMatch(/^docs\/operations\.md#/);
      expect(anchors, alert).toContain(annotations!['runbook_url']!.split('#')[1]);
      expect(uids, alert).toContain(annotations!['dashboard_uid']);
      expect(['critical', 'warning', 'info'], alert).toContain(labels?.['severity']);
    }
  });
});

describe.each([...boards])('the dashboard %s', (_, board) => {
  const panels = board.panels.filter(({ type }) => type !== 'row');

  it('says with each panel what one reads from it', () => {
    expect(panels.length).toBeGreaterThan(4);
    for (const { title, description } of panels) expect(description ?? '', title).toMatch(/\w.*\.$/);
  });

  it('asks in queries that Prometheus can read', () => {
    const rules = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }, index) => ({ record: `check:${index}`, expr: fill(board, expr) }));
    writeFileSync(join(folder, 'board.yaml'), stringify({ groups: [{ name: 'check', rules }] }));
    expect(promtool('check', 'rules', 'board.yaml')).toContain(`${rules.length} rules found`);
  });

  it('takes gauges of the queue from recorded series, which go on when another coordinator takes the lead', () => {
    const gauges = /neuronatlas_(sweeps|shards|agents|backlog_gpu_seconds|sweep_units|sweep_units_done|sweep_agent_seconds)(?![a-z_])/;
    for (const { title, targets } of panels) for (const { expr } of targets ?? []) expect(expr, title).not.toMatch(gauges);
  });

  it('has units that are known', () => {
    for (const { fieldConfig } of panels) expect(formatValue(fieldConfig!.defaults!.unit!, 1)).toMatch(/^1|^100 %/);
  });
});
