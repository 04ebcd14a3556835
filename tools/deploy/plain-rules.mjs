// Prints the groups of the PrometheusRule as a rules file for a Prometheus without the operator.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

/** @returns {{ groups: { name: string; rules: { alert?: string; record?: string; expr: string; for?: string; labels?: Record<string, string>; annotations?: Record<string, string> }[] }[] }} */
export function plainRules() {
  return parse(readFileSync(fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url)), 'utf8')).spec;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(stringify(plainRules()));
