/** Where a field stands in a spec, from the root. */
export type FieldPath = readonly (string | number)[];

export function toFieldPath(path: readonly PropertyKey[]): FieldPath {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

/** As people write it: `views.synthesis[0].steps`. */
export function fieldName(path: FieldPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
