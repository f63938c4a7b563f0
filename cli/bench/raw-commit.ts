import { openDatabase } from '#runtime/sqlite.ts'

/** Milliseconds of `count` commits of one row of 1,200 bytes each: what the disk and SQLite take by themselves. */
export function rawCommits({ file, count }: { file: string; count: number }): number[] {
  const database = openDatabase(file, ['CREATE TABLE fact (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT'])
  const insert = database.prepare('INSERT INTO fact (body) VALUES (?)')
  const body = Buffer.alloc(1_200, 'x')
  const times: number[] = []
  for (let n = 0; n < count; n += 1) {
    const start = performance.now()
    insert.run(body)
    times.push(performance.now() - start)
  }
  database.close()
  return times
}
