export { adam, stepColumns, stepRow } from './adam.js';
export { openProgram, type Ascender, type Ascent, type AscentRequest } from './ascender.js';
export { compileActivationMap, type ActivationMap } from './activation-map.js';
export { type Borders, withBorders } from './borders.js';
export { compileProgram, type CompileOptions } from './compile-program.js';
export { errors as synthesisErrors } from './errors.js';
export { programKey, type Program, type ProgramMeta, type ProgramSource } from './program.js';
export { randomStream, type RandomStream } from './random.js';
