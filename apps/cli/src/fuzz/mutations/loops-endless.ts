import { attributeOf, graphOf, nodeOf, ofMessage, tensorOf } from '../mutation.js';
import { valuesOf } from '../places.js';

const untyped = (name: string) => ({ name, metadataProps: [] });
const typed = (name: string, elemType: number) => ({ name, metadataProps: [], type: { value: { $case: 'tensorType' as const, value: { elemType, shape: { dim: [] } } } } });
const trips = [0n, 1n, 3n, 1000n, 100_000n, 100_001n, 10n ** 9n, 2n ** 63n - 1n, -1n];

export const loopsEndless = ofMessage('loops-endless', 'A Loop, with a number of turns or a condition that never fails, around a value; one that gathers what it makes.', (model, draw) => {
  const { graph } = model;
  if (graph === undefined) return;
  const value = draw.of(valuesOf(model));
  const [wrapped, gathers, counted] = [`${value}/looped`, draw.below(2) === 0, draw.below(4) !== 0];
  for (const node of graph.node) node.input = node.input.map((name) => (name === value ? wrapped : name));
  graph.initializer.push(
    tensorOf({ name: 'turns', dataType: 7, rawData: new Uint8Array(BigInt64Array.of(draw.of(trips)).buffer) }),
    tensorOf({ name: 'going', dataType: 9, rawData: Uint8Array.of(1) }),
  );
  // What is known only when it runs is a number of turns too.
  if (draw.below(3) === 0) {
    graph.node.push(nodeOf({ opType: 'Mul', input: ['turns', 'turns'], output: ['more'] }));
  }
  const turns = counted ? (graph.node.some(({ output }) => output[0] === 'more') ? 'more' : 'turns') : '';
  const body = graphOf({
    name: 'body', input: [typed('turn', 7), typed('before', 9), untyped('carried')],
    node: [
      nodeOf({ opType: 'Identity', input: ['before'], output: ['after'] }), nodeOf({ opType: draw.of(['Identity', 'Neg', 'Relu']), input: ['carried'], output: ['next'] }),
      ...(gathers ? [nodeOf({ opType: 'Identity', input: ['carried'], output: ['kept'] })] : []),
    ],
    output: [untyped('after'), untyped('next'), ...(gathers ? [untyped('kept')] : [])],
  });
  graph.node.push(nodeOf({ opType: 'Loop', input: [turns, draw.below(2) === 0 ? 'going' : '', value], output: [wrapped, ...(gathers ? [`${value}/all`] : [])], attribute: [attributeOf({ name: 'body', type: 5, g: body })] }));
});
