// What scale.sh measures, with DuckDB: node scale.mjs WHAT FROM TO, see
// scale.py. DUCKDB names the folder in whose node_modules it is installed.

import { createRequire } from "node:module";

const require = createRequire(process.env.DUCKDB + "/");
const { DuckDBInstance } = require("@duckdb/node-api");

const text = (path) => `read_csv('${path}', all_varchar = true, header = true)`;

const statements = {
    new: (batch, table) => `SELECT count(*) FROM read_ndjson('${batch}') AS b
        ANTI JOIN ${text(table)} AS t ON b.id = t.id`,
    widen: (table, out) => `COPY (SELECT *, NULL AS extra FROM ${text(table)})
        TO '${out}' (FORMAT csv, HEADER)`,
    "csv-jsonl": (table, out) => `COPY (SELECT * FROM ${text(table)})
        TO '${out}' (FORMAT json)`,
    "jsonl-csv": (table, out) => `COPY (SELECT * FROM read_ndjson('${table}'))
        TO '${out}' (FORMAT csv, HEADER)`,
};

const [what, from, to] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run(statements[what](from, to));
