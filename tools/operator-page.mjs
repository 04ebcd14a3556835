// The page docs/operators.md, from the rules of libs/autodiff and the rewrites of libs/onnx.

/**
 * @param {{
 *   rules: readonly { op: string, since: readonly number[], inputs: readonly string[], flat?: Readonly<Record<string, symbol>>, smooth?: unknown, examples: readonly { shapes: readonly (readonly number[] | null)[], attrs?: Readonly<Record<string, { value: unknown }>> }[] }[],
 *   rewrites: readonly { domain: string, ops: readonly string[], opsets?: readonly [number, number] }[],
 *   webgpu: readonly string[],
 *   faults: Readonly<Record<string, Readonly<Record<string, string>>>>,
 * }} known `webgpu`: the operators that ONNX Runtime's WebGPU provider has; `faults`: why it stops at the
 *   operator itself, by number of the example; both hold, or `npm run test:webgpu` fails
 * @returns {string}
 */
export function operatorPage({ rules, rewrites, webgpu, faults }) {
  const there = new Set(webgpu);
  const rows = [
    ...rules.map(({ op, since, inputs, flat = {}, smooth }) => ({ op, opsets: since.join(', '), kind: smooth === undefined ? kindOf(inputs, flat) : 'straight through', webgpu: !there.has(op) ? 'CPU' : faults[op] === undefined ? 'yes' : 'yes, but' })),
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
    '* **straight through**: the gradient of the operator without its rounding ([decision 92](decisions/0092-quantised-numbers-pass-gradients-straight-through.md)).',
    '* **rewritten**: written as standard operators when the model is read ([decision 20](decisions/0020-other-operators-become-standard-ones.md)).',
    '* **WebGPU**: `yes` where ONNX Runtime 1.30 has the operator on that provider, in the form of the rule’s first example; `CPU` where it leaves it to the CPU; `yes, but` not in every form: [below](#what-the-webgpu-provider-refuses). Every example of every rule is checked there, in its first opset and in its last (`npm run test:webgpu`).',
    '',
    `${rules.length} operators with a rule, ${rows.length - rules.length} rewritten.`,
    '',
    '| operator | opsets | kind | WebGPU |',
    '|---|---|---|---|',
    ...rows.map(({ op, opsets, kind, webgpu: provider }) => `| ${op} | ${opsets} | ${kind} | ${provider} |`),
    '',
    '## What the WebGPU provider refuses',
    '',
    'These forms of an operator stop with an error there, whatever is to be differentiated; on the CPU they work.',
    '',
    '| operator | form | what ONNX Runtime 1.30 says |',
    '|---|---|---|',
    ...Object.entries(faults).flatMap(([op, found]) => Object.entries(found).map(([index, words]) => `| ${op} | ${formOf(rules.find((rule) => rule.op === op)?.examples[Number(index)])} | ${words} |`)),
    '',
    'What it computes wrongly without a word, the project writes in another form when it loads a graph there: [libs/synthesis/src/webgpu](../libs/synthesis/src/webgpu/repairs.ts).',
  ].join('\n')}\n`;
}

/** @param {readonly string[]} inputs @param {Readonly<Record<string, symbol>>} flat */
function kindOf(inputs, flat) {
  const names = inputs.map((name) => name.replace(/^\.{3}|\?$/g, ''));
  if (names.some((name) => flat[name] === undefined)) return 'gradient';
  return names.some((name) => flat[name]?.description === 'zero') ? 'zero' : 'stop';
}

/** An example's inputs and attributes, in words. @param {{ shapes: readonly (readonly number[] | null)[], attrs?: Readonly<Record<string, { value: unknown }>> } | undefined} example */
function formOf(example) {
  if (example === undefined) throw new Error('a fault is of an example that is not there');
  const inputs = example.shapes.filter((shape) => shape !== null).map((shape) => `[${shape.join(', ')}]`);
  return [inputs.join(' '), ...Object.entries(example.attrs ?? {}).map(([name, { value }]) => `${name} ${Array.isArray(value) ? `[${value.join(', ')}]` : value}`)].join(', ');
}
