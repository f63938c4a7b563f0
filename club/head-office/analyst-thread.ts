import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { AnalystCall, AnalystReturn, AnalystSettings, AnalystWork } from './analyst.ts'

/** The thread that makes reports and dry runs; analyst.ts is its other end. */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { club, place, pepper, stores, segments: segmentsFile } = workerData as AnalystSettings
enableCompileCache()

async function withReader<T>(work: (given: Awaited<ReturnType<typeof opened>>) => Promise<T>): Promise<T> {
  const given = await opened()
  try {
    return await work(given)
  } finally {
    await given.reader.close()
  }
}

async function opened() {
  const { openReader } = await import('../store/snapshot.ts')
  const { segmentsSchema } = await import('../insight/segments.ts')
  const { readConfig } = await import('#runtime/config.ts')
  const segments = segmentsFile === undefined ? { segments: [] } : readConfig(segmentsFile, segmentsSchema)
  const reader = await openReader(place)
  const [books] = await reader.query<{ unit: string }>("SELECT unit FROM totals WHERE account = 'house:issued'")
  return { reader, segments, currency: books?.unit ?? 'IRR', now: new Date().toISOString() }
}

const works: { [What in keyof AnalystWork]: (asked: AnalystWork[What]['asked']) => Promise<AnalystWork[What]['answer']> } = {
  report: (asked) =>
    withReader(async ({ currency, ...given }) => {
      const { makeReport } = await import('../reports/ask.ts')
      const { toCsv } = await import('../reports/render.ts')
      const { report, period, missing } = await makeReport({ ...given, stores }, asked)
      const { title, columns, rows, total, notes } = report
      return {
        ...{ title, ...period, currency, columns: [...columns], rows: [...rows], notes: [...notes, ...missing] },
        ...(total === undefined ? {} : { total }),
        ...(asked.csv ? { csv: toCsv(report) } : {}),
      }
    }),
  'member-insight': ({ number }) =>
    withReader(async ({ reader, segments, currency, now }) => {
      const { knownOf } = await import('../insight/known-of.ts')
      const { memberInWords } = await import('../insight/words.ts')
      const { leftOut } = await import('../reports/catalogue.ts')
      const known = await knownOf(reader, { number, now, segments })
      return { words: [...memberInWords({ ...known, currency }), ...(await leftOut(reader))] }
    }),
  async 'programme-dry-run'({ text, from, to }) {
    const { programmeOfText } = await import('../programmes/files.ts')
    const { tryProgramme } = await import('../trial/run.ts')
    const draft = programmeOfText(text, 'draft')
    const { comparison, ...counted } = await tryProgramme({ draft, club, place, pepper, from, to })
    return { id: draft.id, version: draft.version, currency: draft.currency, ...counted, ...comparison }
  },
}

async function answer({ n, what, asked }: AnalystCall): Promise<AnalystReturn> {
  try {
    return { n, ok: true, value: await (works[what] as (asked: unknown) => Promise<unknown>)(asked) }
  } catch (error) {
    const { key, hint, permanent } =
      error instanceof VafaError ? error : { key: 'club.failed', hint: undefined, permanent: false }
    return { n, ok: false, error: { key, message: messageOf(error), permanent, ...(hint === undefined ? {} : { hint }) } }
  }
}

let work = Promise.resolve()
port.on('message', (call: AnalystCall) => {
  work = work.then(async () => port.postMessage(await answer(call)))
})
