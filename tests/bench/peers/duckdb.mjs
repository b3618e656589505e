// Pages to CSV with DuckDB: typed columns, the newest version of a record wins.
//   node duckdb.mjs COLUMNS PAGES OUT [nothing: only see whether it is there]
// DUCKDB names the folder in whose node_modules it is installed.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.DUCKDB + "/");
const { DuckDBInstance } = require("@duckdb/node-api");

const types = { text: "VARCHAR", number: "DOUBLE", bool: "BOOLEAN", list: "JSON" };

function readColumns(path) {
    const lines = readFileSync(path, "utf8").trim().split("\n");
    return lines.map((line) => line.split(" "));
}

// {"a": "JSON", "b": {"c": "DOUBLE"}} from dotted names.
function tree(columns) {
    const root = {};
    for (const [name, kind] of columns) {
        const keys = name.split(".");
        const last = keys.pop();
        let at = root;
        for (const key of keys)
            at = at[key] ??= {};
        at[last] = types[kind];
    }
    return root;
}

function struct(node) {
    if (typeof node === "string")
        return node;
    const members = Object.entries(node).map(([k, v]) => `"${k}" ${struct(v)}`);
    return `STRUCT(${members.join(", ")})`;
}

async function main([columnsPath, pages, out]) {
    const columns = readColumns(columnsPath);
    const cells = columns.map(([name]) =>
        `r."${name.split(".").join('"."')}" AS "${name}"`);
    const sql = `COPY (
        WITH records AS (
            SELECT unnest(data) AS r FROM read_ndjson('${pages}',
                columns = {data: '${struct(tree(columns))}[]'})),
        numbered AS (SELECT r, row_number() OVER () AS n FROM records)
        SELECT ${cells.join(", ")} FROM numbered
        QUALIFY row_number() OVER (PARTITION BY r."${columns[0][0]}"
                                   ORDER BY n DESC) = 1
        ) TO '${out}' (FORMAT csv, HEADER)`;
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(sql);
}

if (process.argv.length > 2)
    await main(process.argv.slice(2));
