import type { SchemaElement } from 'hyparquet-writer';

/** A column of a Parquet file, or a group of them: its elements in the order of the file. */
export type ParquetField = readonly [SchemaElement, ...SchemaElement[]];

type Repetition = 'REQUIRED' | 'OPTIONAL';

export const int32 = (name: string, repetition_type: Repetition = 'REQUIRED'): ParquetField => [
  { name, type: 'INT32', repetition_type },
];

/** Values are BigInt. */
export const int64 = (name: string, repetition_type: Repetition = 'REQUIRED'): ParquetField => [
  { name, type: 'INT64', repetition_type },
];

export const text = (name: string, repetition_type: Repetition = 'OPTIONAL'): ParquetField => [
  { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type },
];

export function struct(
  name: string,
  fields: readonly ParquetField[],
  repetition_type: Repetition = 'REQUIRED',
): ParquetField {
  return [{ name, num_children: fields.length, repetition_type }, ...fields.flat()];
}

/** Values are arrays of objects. */
export function listOf(name: string, fields: readonly ParquetField[]): ParquetField {
  return [
    { name, num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    ...struct('element', fields),
  ];
}

/** From text to text; values are arrays of `{ key, value }`. */
export function textMap(name: string): ParquetField {
  return [
    { name, num_children: 1, converted_type: 'MAP', repetition_type: 'OPTIONAL' },
    { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
    ...text('key', 'REQUIRED'),
    ...text('value'),
  ];
}

export function schemaOf(fields: readonly ParquetField[]): SchemaElement[] {
  return [{ name: 'schema', num_children: fields.length }, ...fields.flat()];
}
