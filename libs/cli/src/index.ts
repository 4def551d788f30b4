export { emptyReport } from './import-report.ts';
export { importRecords } from './import-records.ts';
export { IMPORT_FORMATS, type ImportFormat } from './importers/formats.ts';
export { run } from './main.ts';
export { createProgram } from './program.ts';
