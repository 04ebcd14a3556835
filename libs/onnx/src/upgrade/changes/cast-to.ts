import { int, stringOr } from '../../attribute.js';
import { type DType, dtypeCode } from '../../dtype.js';
import { defineChange } from '../op-change.js';

const names = new Map(Object.entries({
  FLOAT: 'f32', UINT8: 'u8', INT8: 'i8', UINT16: 'u16', INT16: 'i16', INT32: 'i32', INT64: 'i64', STRING: 'string', BOOL: 'bool', FLOAT16: 'f16', DOUBLE: 'f64', UINT32: 'u32', UINT64: 'u64',
} satisfies Readonly<Record<string, DType>>));

/** Opset 6 made the target of Cast a number, once a word. */
export const castTo = defineChange({
  ops: ['Cast'],
  since: 6,
  upgrade: (node, { refuse }) => {
    const dtype = names.get(stringOr(node.attrs, 'to', '').toUpperCase());
    if (dtype === undefined) throw refuse(node, `the type '${stringOr(node.attrs, 'to', '')}' is not known`);
    return [{ ...node, attrs: { to: int(dtypeCode[dtype]) } }];
  },
});
