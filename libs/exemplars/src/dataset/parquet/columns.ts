import { parquetSchema, type FileMetaData } from 'hyparquet';
import { errors } from '../../errors.js';
import type { DatasetOptions } from '../dataset-format.js';

/** The columns that a data set is read by. */
export interface SampleColumns {
  readonly image: string;
  readonly label?: string | undefined;
  /** What the numbers of the label mean. */
  readonly classes?: readonly string[] | undefined;
}

type Column = ReturnType<typeof parquetSchema>['children'][number];

const usualImages = ['image', 'img', 'picture', 'jpg', 'jpeg', 'png', 'webp'];
const usualLabels = ['label', 'labels', 'class', 'class_name', 'category', 'cls', 'caption', 'text'];

/** Picks them: by name where one is given, else the usual ones. Errors: EXEMPLARS_NO_IMAGE_COLUMN, EXEMPLARS_NO_LABEL_COLUMN. */
export function sampleColumns(key: string, metadata: FileMetaData, options: Pick<DatasetOptions, 'image' | 'label'>): SampleColumns {
  const columns = parquetSchema(metadata).children;
  const names = columns.map(({ element: { name } }) => name);
  const images = columns.filter(holdsBytes).map(({ element: { name } }) => name);
  const usual = usualImages.find((name) => images.includes(name));
  const image = options.image ?? usual ?? (images.length === 1 ? images[0] : undefined);
  if (image === undefined || !images.includes(image)) {
    throw errors.noImageColumn({ shard: key, wanted: options.image ?? '', columns: names, images });
  }
  if (options.label !== undefined && !names.includes(options.label)) throw errors.noLabelColumn({ shard: key, wanted: options.label, columns: names });
  const label = options.label ?? usualLabels.find((name) => names.includes(name) && name !== image);
  return { image, ...(label === undefined ? {} : { label, classes: classesOf(metadata, label) }) };
}

/** Encoded pictures: bytes, or a group that has a field `bytes`, as Hugging Face writes them. */
function holdsBytes({ element, children }: Column): boolean {
  if (children.length > 0) return children.some((child) => child.element.name === 'bytes' && child.element.type === 'BYTE_ARRAY');
  return element.type === 'BYTE_ARRAY' && element.converted_type === undefined && element.logical_type === undefined && element.repetition_type !== 'REPEATED';
}

/** The names of a `ClassLabel`, which Hugging Face keeps beside the schema. */
function classesOf({ key_value_metadata: pairs = [] }: FileMetaData, label: string): readonly string[] | undefined {
  const text = pairs.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  try {
    const names = (JSON.parse(text) as { readonly info?: { readonly features?: Readonly<Record<string, { readonly names?: unknown }>> } }).info?.features?.[label]?.names;
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;   // the numbers are labels too
  }
}
