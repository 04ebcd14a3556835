import type { GrpcCode } from './grpc-code.js';

/** An error as it travels: over gRPC metadata, the engine's pipe, or `--json`. */
export interface AtlasErrorJson {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly grpc: GrpcCode;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of the project: what is wrong, where, and what to do.
 *
 * Compare `error.code`, never `instanceof`: an error may come from another process or another copy of this package.
 */
export class AtlasError extends Error {
  readonly code: string;
  readonly help: string;
  readonly grpc: GrpcCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(json: AtlasErrorJson, cause?: unknown) {
    super(json.message, cause === undefined ? undefined : { cause });
    this.name = 'AtlasError';
    this.code = json.code;
    this.help = json.help;
    this.grpc = json.grpc;
    this.details = json.details;
  }

  toJSON(): AtlasErrorJson {
    return { code: this.code, message: this.message, help: this.help, grpc: this.grpc, details: this.details };
  }
}

/** Whether a thrown value carries a catalogued code, whichever process or package copy made it. */
export function isAtlasError(value: unknown): value is AtlasError {
  return value instanceof Error && typeof (value as Partial<AtlasError>).code === 'string'
    && typeof (value as Partial<AtlasError>).help === 'string' && typeof (value as Partial<AtlasError>).grpc === 'string';
}

/** `code: message` and what to do, as every command prints it. */
export function describe(error: unknown): string {
  if (isAtlasError(error)) return `${error.code}: ${error.message}\n  ${error.help}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
