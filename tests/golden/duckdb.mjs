// What DuckDB reads in a table, all as text: duckdb.mjs FOLDER TABLE OUT ...
// FOLDER has the node_modules in which @duckdb/node-api is installed. Without
// tables it only looks whether it is there.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(folder + "/");
const { DuckDBInstance } = require("@duckdb/node-api");

if (files.length > 0) {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    for (let i = 0; i < files.length; i += 2) {
        const reader = await connection.runAndReadAll(
            `SELECT * FROM read_csv('${files[i]}', all_varchar = true)`);
        writeFileSync(files[i + 1], JSON.stringify(
            { columns: reader.columnNames(), rows: reader.getRows() }));
    }
}
