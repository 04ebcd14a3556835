import { defineMutation } from '../mutation.js';

/** A field that holds bytes, around others. */
function field(number: number, inside: Uint8Array): Uint8Array {
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return [...bytes, rest];
      bytes.push((rest % 128) + 128);
    }
  };
  const head = [...varint(number * 8 + 2), ...varint(inside.length)];
  const whole = new Uint8Array(head.length + inside.length);
  whole.set(head);
  whole.set(inside, head.length);
  return whole;
}

export const messagesNested = defineMutation({
  name: 'messages-nested',
  summary: 'Messages inside messages of the file format, thousands deep: graphs in attributes of nodes, types in types.',
  mutate: (files, draw) => {
    let inside = new Uint8Array(0);
    const depth = draw.of([10, 32, 33, 49, 99, 101, 1000, 5000]);
    // node 1 of a graph, attribute 5 of a node, graph 6 of an attribute; or input 11, type 2, sequence 4, element 1
    const circle = draw.of([[6, 5, 1], [1, 4]]);
    for (let level = 0; level < depth; level++) for (const number of circle) inside = new Uint8Array(field(number, inside));
    const graph = circle.length === 3 ? inside : field(draw.of([11, 12]), field(2, inside));
    const added = field(7, graph);
    const bytes = new Uint8Array(files.bytes.length + added.length);
    bytes.set(files.bytes);
    bytes.set(added, files.bytes.length);
    return { ...files, bytes };
  },
});
