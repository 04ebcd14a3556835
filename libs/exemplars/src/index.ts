export { errors as exemplarsErrors } from './errors.js';
export { boxAt, type InputBox } from './fields/box-at.js';
export { summaryOf, windowAt, type FieldSummary, type FieldWindow } from './fields/field-summary.js';
export { receptiveFields, type Field } from './fields/receptive-fields.js';
