import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { codeOf, messageOf } from '#runtime/errors.ts'
import type { BehindAnswer } from './sqlite-behind.ts'
import type { Written } from './sqlite-cells.ts'

/** The thread that writes large batches; sqlite-behind.ts is its other end. */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const answer = (one: BehindAnswer) => port.postMessage(one)

/** After so many batches their pages go from the log to the file. */
const checkpointEvery = 4

enableCompileCache()
const { openBooksFile, tuned } = await import('./sqlite-file.ts')
const { writerOn } = await import('./sqlite-writer.ts')

const db = tuned(openBooksFile(workerData as string))
// Nobody waits for a checkpoint: it comes after the answer.
db.pragma('wal_autocheckpoint = 0')
const write = db.transaction(writerOn(db)).immediate
let sinceCheckpoint = 0

function take(written: Written): void {
  try {
    write(written)
  } catch (error) {
    const code = codeOf(error)
    answer({ message: messageOf(error), ...(code === undefined ? {} : { code }) })
    return
  }
  answer('written')
  sinceCheckpoint += 1
  if (sinceCheckpoint < checkpointEvery) return
  sinceCheckpoint = 0
  db.pragma('wal_checkpoint(PASSIVE)')
}

port.on('message', (message: Written | 'close') => {
  if (message !== 'close') return take(message)
  db.close()
  port.close()
})
answer('ready')
