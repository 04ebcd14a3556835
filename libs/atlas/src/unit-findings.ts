import { int32, list, oneOf, text, word, type Fields } from './column-type.js';
import { healthFlags, type Health } from './health.js';

/** Which unit a row is of, and what was found to be wrong with it. */
export interface UnitFindings {
  readonly layer: string;
  readonly unit: number;
  /** Empty for a healthy unit. */
  readonly health: readonly Health[];
  /** The flags explained in words; empty for a healthy unit. */
  readonly reason: string;
}

/** Stand first in each table of units. */
export const findingFields: Fields<UnitFindings> = { layer: word, unit: int32, health: list(oneOf(...healthFlags)), reason: text };

/** What a row says of its unit besides. */
export function besidesFindings<Row extends UnitFindings>({ layer: _layer, unit: _unit, health: _health, reason: _reason, ...rest }: Row): Omit<Row, keyof UnitFindings> {
  return rest;
}
