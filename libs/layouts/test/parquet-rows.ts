import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Nothing is fetched: what it needs is built in. */
const OFFLINE = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };
const instance = DuckDBInstance.create(':memory:', OFFLINE);

/** What a query engine that knows nothing of our writer finds in a file, a JSON object for each row; `file` is its table. */
export async function queryParquet(
  bytes: Buffer,
  query = 'SELECT to_json(file)::VARCHAR FROM file',
): Promise<unknown[]> {
  const path = join(tmpdir(), `auditorium-${process.pid}-${(files += 1)}.parquet`);
  writeFileSync(path, bytes);
  const connection = await (await instance).connect();
  try {
    await connection.run(`CREATE TEMP VIEW file AS SELECT * FROM read_parquet('${path}')`);
    const rows = (await connection.runAndReadAll(query)).getRowsJson();
    return rows.map(([value]) => (typeof value === 'string' ? JSON.parse(value) : value));
  } finally {
    connection.closeSync();
    rmSync(path);
  }
}
let files = 0;
