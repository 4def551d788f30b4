/** A layout in words: what it is for, what lands in the bucket. */
export interface LayoutInWords {
  readonly value: string;
  readonly label: string;
  /** What choosing it means, in a line or two. */
  readonly about: string;
  /** A key, without the prefix; `{org}` is the organisation's id. */
  readonly example: string;
}

/** Every layout that a destination may have, the usual one first. */
export const LAYOUTS: readonly LayoutInWords[] = [
  {
    value: 'auditorium',
    label: 'Auditorium',
    about: 'Every event as it was recorded, one JSON object a line, gzipped. Read it with gunzip.',
    example: '{org}/2026/11/21/1041-1187-4f1c0a9be2.ndjson.gz',
  },
  {
    value: 'ocsf-parquet',
    label: 'OCSF Parquet',
    about: 'API Activity of OCSF 1.3 in Parquet, in the folders of an Amazon Security Lake custom source.',
    example: 'region=eu-central-1/accountId=external_{org}/eventDay=20261121/1041-1187-4f1c0a9be2.parquet',
  },
  {
    value: 'wiremock',
    label: 'WireMock',
    about: 'Lines of JSON as WireMock Cloud sends them: entity, principal and action. Not compressed.',
    example: '2026-11/21/2026-11-21T09-00-00-042Z-4c37zv8i.json',
  },
  {
    value: 'wiv',
    label: 'Wiv',
    about: 'Three files a window, for organisation, users and API, each a gzipped JSON array.',
    example: '{org}/user-audit-logs-1795305599042.json.gz',
  },
  {
    value: 'airkit',
    label: 'Airkit',
    about: 'A flat record of 29 columns a line, gzipped: load it into a warehouse by column name.',
    example: '{org}/2026/11/21/1041-1187-4f1c0a9be2.json.gz',
  },
  {
    value: 'airkit-events',
    label: 'Airkit, newer form',
    about: 'A JSON object a line with five fixed fields and those that its type has, gzipped.',
    example: '{org}/2026/11/21/1041-1187-4f1c0a9be2.json.gz',
  },
  {
    value: 'weka-s3',
    label: 'WEKA S3',
    about: 'The audit events of WEKA’s S3 interface given back whole, all others in the same form.',
    example: '{org}/2026/11/21/1041-1187-4f1c0a9be2.json.gz',
  },
];

/** A layout that this console does not know yet goes by its own name. */
export function layoutInWords(name: string): LayoutInWords {
  return LAYOUTS.find(({ value }) => value === name) ?? { value: name, label: name, about: '', example: '' };
}
