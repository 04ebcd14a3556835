import { AtlasError } from './atlas-error.js';
import type { GrpcCode } from './grpc-code.js';

export interface ErrorDefinition<D> {
  readonly grpc: GrpcCode;
  /** What is wrong, with the values; lower case, no full stop. */
  readonly message: (details: D) => string;
  /** What to do, as an order. */
  readonly help: string;
}

type Definitions = Readonly<Record<string, ErrorDefinition<never>>>;
type DetailsOf<E> = E extends { readonly message: (details: infer D) => string } ? D : never;

export type Errors<E extends Definitions> = {
  readonly [K in keyof E]: (details: DetailsOf<E[K]>, cause?: unknown) => AtlasError;
};

/**
 * A lib's error catalogue: one maker per name, whose code is `LIB_NAME` in upper snake case.
 *
 * Codes are never reused and never renamed; docs/errors.md lists them all (tools/checks/errors.test.ts).
 */
export function defineErrors<const E extends Definitions>(lib: string, definitions: E): Errors<E> {
  const makers: Record<string, (details: never, cause?: unknown) => AtlasError> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const code = errorCode(lib, name);
    makers[name] = (details, cause) => new AtlasError(
      { code, message: definition.message(details), help: definition.help, grpc: definition.grpc, details: details as Record<string, unknown> },
      cause,
    );
  }
  return makers as Errors<E>;
}

function errorCode(lib: string, name: string): string {
  return `${lib}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase();
}
