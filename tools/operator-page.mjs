// The page docs/operators.md, from the rules of libs/autodiff and the rewrites of libs/onnx.

/**
 * @param {{
 *   rules: readonly { op: string, since: readonly number[], inputs: readonly string[], flat?: Readonly<Record<string, symbol>> }[],
 *   rewrites: readonly { domain: string, ops: readonly string[], opsets?: readonly [number, number] }[],
 *   webgpu: readonly string[],
 * }} known `webgpu`: the operators that ONNX Runtime's WebGPU provider has, as `npm run test:webgpu` found
 * @returns {string}
 */
export function operatorPage({ rules, rewrites, webgpu }) {
  const there = new Set(webgpu);
  const rows = [
    ...rules.map(({ op, since, inputs, flat = {} }) => ({ op, opsets: since.join(', '), kind: kindOf(inputs, flat), webgpu: there.has(op) ? 'yes' : 'CPU' })),
    ...rewrites.flatMap(({ domain, ops, opsets }) => ops.map((op) => ({ op: domain === '' ? op : `${domain}.${op}`, opsets: opsets === undefined ? 'all' : opsets[1] === Infinity ? `from ${opsets[0]}` : `${opsets[0]} to ${opsets[1]}`, kind: 'rewritten', webgpu: '' }))),
  ].sort((a, b) => (a.op.toLowerCase() === b.op.toLowerCase() ? (a.opsets < b.opsets ? -1 : 1) : a.op.toLowerCase() < b.op.toLowerCase() ? -1 : 1));
  return `${[
    '# Operators',
    '',
    'What gradients pass through. Made from the rules by `npm run docs:operators`; do not edit.',
    '',
    'Models of opset 7 to 26 are brought to opset 18 to 22 first, so that the opsets here are those in which the operator has changed since. Every rule is checked',
    'in a random direction against a central difference on the CPU provider, in float32 and, where it has the operator, in float64 (`npm test`).',
    '',
    '* **gradient**: passed to every input that is not an index, a shape or a condition. **zero**: a step; its gradient is 0 wherever it has one. **stop**: nothing to differentiate.',
    '* **rewritten**: written as standard operators when the model is read ([decision 20](decisions/0020-other-operators-become-standard-ones.md)).',
    '* **WebGPU**: `yes` where ONNX Runtime 1.30 has the operator on that provider, in the form of the rule’s first example; `CPU` where it leaves it to the CPU; the rule is checked there on that example (`npm run test:webgpu`).',
    '',
    `${rules.length} operators with a rule, ${rows.length - rules.length} rewritten.`,
    '',
    '| operator | opsets | kind | WebGPU |',
    '|---|---|---|---|',
    ...rows.map(({ op, opsets, kind, webgpu: provider }) => `| ${op} | ${opsets} | ${kind} | ${provider} |`),
  ].join('\n')}\n`;
}

/** @param {readonly string[]} inputs @param {Readonly<Record<string, symbol>>} flat */
function kindOf(inputs, flat) {
  const names = inputs.map((name) => name.replace(/^\.{3}|\?$/g, ''));
  if (names.some((name) => flat[name] === undefined)) return 'gradient';
  return names.some((name) => flat[name]?.description === 'zero') ? 'zero' : 'stop';
}
