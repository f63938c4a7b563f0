import type { Reader } from '../store/questions.ts'

const pageRows = 2_000

/** All rows of a table in the order of a key, a page at a time, so that no audit needs the memory of all books. */
export async function* rowsOf<Row extends object>(
  reader: Reader,
  { columns, from, key, first }: { columns: string; from: string; key: string; first: string | number },
): AsyncGenerator<Row & { pagekey: string | number }> {
  const select = `SELECT ${columns}, ${key} AS pagekey FROM ${from} WHERE ${key} > $1 ORDER BY ${key} LIMIT ${pageRows}`
  for (let last = first; ; ) {
    const rows = await reader.query<Row & { pagekey: string | number }>(select, [last])
    yield* rows as never[]
    const end = rows.at(-1)
    if (!end || rows.length < pageRows) return
    last = end.pagekey
  }
}
